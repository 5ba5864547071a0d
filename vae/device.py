"""Where a training computes: the processor, or a GPU where there is one."""

import torch


def best_device() -> torch.device:
    """CUDA's first GPU, else Apple's, else the processor."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether its hardware multiplies matrices of bfloat16: elsewhere that is emulated, and slower than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":
        processor = torch.cpu.get_capabilities()
        return bool(processor.get("avx512_bf16") or processor.get("amx_bf16"))
    return False
