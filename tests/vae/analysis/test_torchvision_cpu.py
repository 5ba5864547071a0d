import subprocess
import sys


def test_torchvision_works_whatever_torch_is_installed():
    script = (
        "import vae.analysis.torchvision_cpu\n"
        "vision = vae.analysis.torchvision_cpu.torchvision()\n"
        "import torch, torchvision.datasets, torchvision.transforms\n"
        "from torchvision.utils import make_grid\n"
        "assert vision is torchvision\n"
        "assert make_grid(torch.zeros(4, 1, 28, 28), nrow=2).shape == (3, 62, 62)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
