"""All weights and biases of a model in one tensor, so that updating them is one operation."""

import torch
from torch import Tensor, nn


class Parameters:
    """A model's parameters and gradients, concatenated. flat, flat_grad: (P,); the model's own become views of them.

    An optimiser's step on one tensor takes a fraction of the time of steps on each parameter.
    """

    def __init__(self, model: nn.Module) -> None:
        named = dict(model.named_parameters())
        self._shapes = {name: parameter.shape for name, parameter in named.items()}
        self.flat = nn.Parameter(torch.cat([parameter.detach().flatten() for parameter in named.values()]))
        self.flat.grad = self.flat_grad = torch.zeros_like(self.flat)
        self.values, self.gradients = self.split(self.flat.detach()), self.split(self.flat_grad)
        for name, parameter in named.items():
            parameter.data, parameter.grad = self.values[name], self.gradients[name]

    def split(self, flat: Tensor) -> dict[str, Tensor]:
        """Views of a tensor laid out like `flat`, (P,): parameter name → view in the parameter's shape."""
        parts = flat.split([shape.numel() for shape in self._shapes.values()])
        return {name: part.view(shape) for (name, shape), part in zip(self._shapes.items(), parts, strict=True)}

    def join(self, named: dict[str, Tensor]) -> Tensor:
        """The inverse of `split`, as a new tensor: (P,)."""
        return torch.cat([named[name].flatten() for name in self._shapes])
