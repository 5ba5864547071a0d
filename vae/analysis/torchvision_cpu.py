"""Import of torchvision that also works with a CPU-only torch.

The Linux wheel of torchvision is built against CUDA. With a torch without CUDA, its import fails with
"operator torchvision::nms does not exist", because its compiled operators cannot be loaded. Nothing here
uses them, so it suffices to declare the two that its Python code refers to.
"""

import sys
from functools import cache
from types import ModuleType

MISSING_OPERATOR = "operator torchvision::nms does not exist"
SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


@cache
def torchvision() -> ModuleType:
    """The torchvision module, with usable `datasets`, `transforms` and `utils` whatever torch is installed.

    Raises:
        ImportError, RuntimeError: if the import fails for another reason than the one above.
    """
    try:
        import torchvision as module
    except RuntimeError as error:
        if MISSING_OPERATOR not in str(error):
            raise
        module = _import_with_declared_operators()
    return module


def _import_with_declared_operators() -> ModuleType:
    import torch

    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]
    library = torch.library.Library("torchvision", "FRAGMENT")
    for schema in SCHEMAS:
        library.define(schema)
    import torchvision as module

    module.__dict__["_declared_operators"] = library  # a Library removes its operators when it is garbage-collected
    return module
