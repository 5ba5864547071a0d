"""Adam on all parameters of a model as one tensor (Kingma & Ba 2014, "Adam: A Method for Stochastic Optimization")."""

import torch
from torch.optim.adam import adam

from vae.training.parameters import Parameters
from vae.training.position import MOMENTS
from vae.training.schedule import BETA_2, Rates

EPSILON = 1e-8


class Adam:
    """Adam with its state: two moments laid out like the parameters, (P,), and the number of steps taken.

    Calls torch's functional `adam`; the class `torch.optim.Adam` around it takes half as long again.
    """

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.moments = {name: torch.zeros_like(parameters.flat.detach()) for name in MOMENTS}
        self.n_steps = torch.zeros((), device=parameters.flat.device)

    @torch.no_grad()
    def step(self, rates: Rates) -> None:
        """Take one step, against the gradient in `parameters.flat.grad`."""
        tensors = self.parameters.flat, self.parameters.flat_grad, *self.moments.values()
        parameters, gradients, exp_avgs, exp_avg_sqs = ([tensor] for tensor in tensors)
        constants = {"beta2": BETA_2, "eps": EPSILON, "weight_decay": 0.0, "amsgrad": False, "maximize": False}
        changing = {"lr": rates.learning_rate, "beta1": rates.beta_1}
        adam(parameters, gradients, exp_avgs, exp_avg_sqs, [], [self.n_steps], fused=True, **changing, **constants)
