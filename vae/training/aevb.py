"""The AEVB algorithm: minibatch stochastic gradient ascent on the ELBO (Kingma & Welling 2013, algorithm 1).

Tensors in, numbers out: no file, no clock. The complete state can be taken out (`position`, `arrays`) and loaded again
(`load`); the training then continues bit for bit as if it had not been interrupted.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from vae.budget import MAX_WEIGHT
from vae.config import Settings
from vae.data import as_grey_values
from vae.errors import TrainingError
from vae.model.elbo import ElboMeans
from vae.model.vae import VAE
from vae.training.adam import Adam
from vae.training.gradient import make_gradient
from vae.training.parameters import Parameters
from vae.training.position import MOMENTS, Arrays, Position
from vae.training.products import Way
from vae.training.schedule import BETA_1, Rates, rates
from vae.training.threads import same_bits

SUMMED_AT_ONCE = 1_000  # images
SETTLE_EVERY = 50  # minibatches between two reads of a GPU's results; each read waits for the GPU


class StepEnd(NamedTuple):
    """The end of a minibatch of `n_images`. `step` counts from 1 over the whole training."""

    epoch: int
    step: int
    n_images: int


class LayerChange(NamedTuple):
    """The last minibatch's effect on one layer: ‖∇‖₂ of the loss, and ‖Δw‖₂ / ‖w‖₂ of its weights."""

    gradient_norm: float
    relative_change: float


class Aevb:
    """A training with its model, optimiser and random state, which takes one minibatch at a time.

    images: (N, D) uint8. segment: first and last epoch of the learning rate's schedule. device: for images and
    computation. way: of multiplying matrices; None: the best one here. All randomness comes from `settings.seed`.
    `beta` and `learning_rate` (the peak of the schedule) may be changed at any time.
    """

    def __init__(
        self,
        settings: Settings,
        images: Tensor,
        segment: tuple[int, int] | None = None,
        device: torch.device | str = "cpu",
        way: Way | None = None,
    ) -> None:
        self.settings, self.device = settings, torch.device(device)
        self.images = images.to(device)
        self.segment = segment or (0, settings.epochs)
        self.epoch = self.step = self.seen = 0
        self.learning_rate, self.beta = settings.learning_rate, settings.beta
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            self.model = VAE(settings)
        sums = [batch.sum(0) for batch in images.split(SUMMED_AT_ONCE)]  # sums are int64: eight times the memory
        self.model.init_output_bias(torch.stack(sums).sum(0) / (255 * len(images)))
        self.model.to(device)
        self.parameters = Parameters(self.model)
        self.generator = torch.Generator().manual_seed(settings.seed)
        self.adam, self.rates = Adam(self.parameters), Rates(settings.learning_rate, BETA_1)
        self.gradient = make_gradient(settings, self.model, self.parameters, self.generator, way)
        self.sums = [0.0, 0.0]  # reconstruction and kl of this epoch's images so far
        self._recent, self._n_recent = [0.0, 0.0], 0
        self._unsettled: list[Tensor] = []  # sums of the latest minibatches, still on the device
        self._n_settled = 0  # minibatches before those
        self._epoch_generator = self.generator.get_state()
        self._order = torch.empty(0, dtype=torch.int64)

    @property
    def steps_per_epoch(self) -> int:
        return steps_per_epoch(self.settings, len(self.images))

    @property
    def between_epochs(self) -> bool:
        return self.seen == 0

    @property
    def effective_learning_rate(self) -> float:
        """Learning rate of the last minibatch, after the schedule."""
        return self.rates.learning_rate

    @property
    def effective_beta(self) -> float:
        """β of the next minibatch, after the warm-up's share."""
        steps = self.settings.warm_up * self.steps_per_epoch
        return self.beta * min(1.0, self.step / steps) if steps else self.beta

    def epoch_means(self) -> ElboMeans:
        """Mean ELBO terms of this epoch's images, as computed in their minibatches; between epochs, of the last one."""
        self._settle()
        return _means(self.sums, self.seen or len(self.images))

    def take_recent(self) -> tuple[ElboMeans, int]:
        """Mean ELBO terms of the images since the last call, and their number."""
        self._settle()
        taken = _means(self._recent, self._n_recent or 1), self._n_recent
        self._recent, self._n_recent = [0.0, 0.0], 0
        return taken

    def minibatch(self) -> StepEnd:
        """Take one step on the next minibatch. The last one of an epoch increases `epoch`.

        Raises:
            TrainingError: if the loss is not finite. On the CPU, nothing has changed then. On a GPU, it is noticed
                after at most `SETTLE_EVERY` minibatches, before anything is recorded or taken out.
        """
        if self.between_epochs:
            self._begin_epoch()
        indices = self._order[self.seen : self.seen + self.settings.batch_size]
        x = as_grey_values(self.images.index_select(0, indices))  # (M, D)
        self._unsettled.append(self.gradient(x, self.effective_beta))
        if self.device.type == "cpu" or len(self._unsettled) == SETTLE_EVERY:
            self._settle()
        self.rates = self._scheduled()
        self.adam.step(self.rates)
        self._n_recent += len(indices)
        self.step += 1
        self.seen += len(indices)
        event = StepEnd(self.epoch + 1, self.step, len(indices))
        if self.seen == len(self.images):
            self._settle()
            self.epoch, self.seen = self.epoch + 1, 0
        return event

    def gradient_norm(self) -> float:
        """‖∇‖₂ of the last minibatch's loss over all parameters."""
        return self.parameters.flat_grad.norm().item()

    # Saving and loading

    def position(self) -> Position:
        return Position(self.epoch, self.step, self.seen, self.learning_rate, self.beta, self.gradient.way)

    def arrays(self) -> Arrays:
        """The arrays that `load` needs beside `position`.

        Raises:
            TrainingError: if a weight is not finite, or beyond ±`MAX_WEIGHT`.
        """
        self._settle()
        self.require_plausible_weights()
        arrays = {f"model.{name}": tensor for name, tensor in self.parameters.values.items()}
        for moment, of_all in self.adam.moments.items():
            arrays |= {f"adam.{moment}.{name}": tensor for name, tensor in self.parameters.split(of_all).items()}
        arrays |= {"generator": self.generator.get_state(), "epoch_generator": self._epoch_generator}
        sums = {"sums": self.sums, "recent": [*self._recent, self._n_recent]}
        arrays |= {name: torch.tensor(values, dtype=torch.float64) for name, values in sums.items()}
        return {name: tensor.detach().cpu().numpy() for name, tensor in arrays.items()}

    def require_plausible_weights(self) -> None:
        """Raise a TrainingError if a weight is not finite, or beyond ±`MAX_WEIGHT`, which no reader accepts."""
        if not (self.parameters.flat.detach().abs() <= MAX_WEIGHT).all():
            raise self.diverged(f"a weight is not a number within ±{MAX_WEIGHT:,.0f}")

    def load(self, position: Position, arrays: Arrays) -> None:
        """Restore a training from its `position` and `arrays`.

        Raises:
            ValueError, RuntimeError: if they do not fit this model and these images.
        """
        tensors = {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}
        consistent = position.epoch * self.steps_per_epoch + -(-position.seen // self.settings.batch_size)
        if position.step != consistent or position.seen >= len(self.images):
            raise ValueError(f"step {position.step} is not one of epoch {position.epoch + 1}")
        self.model.load_state_dict({name: tensors[f"model.{name}"] for name in self.model.state_dict()})
        self.epoch, self.step, self.seen = position.epoch, position.step, position.seen
        self.learning_rate, self.beta = position.learning_rate, position.beta
        for moment in MOMENTS:
            named = {name: tensors[f"adam.{moment}.{name}"] for name in self.parameters.values}
            self.adam.moments[moment].copy_(self.parameters.join(named))
        self.adam.n_steps.fill_(position.step)
        if not self.between_epochs:
            self.generator.set_state(tensors["epoch_generator"])
            self._begin_epoch()
        self.generator.set_state(tensors["generator"])
        self.sums = tensors["sums"].tolist()
        *self._recent, n_recent = tensors["recent"].tolist()
        self._n_recent = int(n_recent)
        self._n_settled = self.step

    def _begin_epoch(self) -> None:
        self._epoch_generator = self.generator.get_state()
        self._order = torch.randperm(len(self.images), generator=self.generator).to(self.device)
        self.sums = [0.0, 0.0]

    def _settle(self) -> None:
        """Add the latest minibatches' sums to the totals.

        Raises:
            TrainingError: if a loss was not finite.
        """
        if not self._unsettled:
            return
        minibatches = torch.stack(self._unsettled).tolist()
        self._unsettled.clear()
        for reconstruction, kl in minibatches:
            self._n_settled += 1
            loss = self.effective_beta * kl - reconstruction
            if not math.isfinite(loss):
                raise self.diverged(f"the loss is {loss:g}", self._n_settled)
            for sums in (self.sums, self._recent):
                sums[0] += reconstruction
                sums[1] += kl

    def _scheduled(self) -> Rates:
        """Rates of the next minibatch."""
        start, end = self.segment
        steps = self.steps_per_epoch
        return rates(self.settings.schedule, self.learning_rate, self.step - start * steps, (end - start) * steps)

    def diverged(self, what: str, step: int | None = None) -> TrainingError:
        """The error about a training that diverged at `step`, by default the last one."""
        step = step or self.step
        epoch = -(-step // self.steps_per_epoch)
        return TrainingError(
            f"The training diverged at step {step} (epoch {epoch}): {what}. The last saved state is "
            f"intact. Resume it with a learning rate below {self.learning_rate:g}."
        )


def threads_are_alike(training: Aevb, most: int) -> bool:
    """Whether minibatches give the same result, bit for bit, with any number of CPU threads up to `most`."""
    if training.device.type != "cpu" or most == 1:
        return False
    generator, images, batch_size = training.generator, training.images, training.settings.batch_size
    state = generator.get_state()

    def gradient(x: Tensor, beta: float) -> Tensor:
        generator.set_state(state)
        return training.gradient(x, beta)

    sizes = {min(batch_size, len(images)), len(images) % batch_size} - {0}
    alike = same_bits(gradient, training.parameters.flat_grad, (as_grey_values(images[:n]) for n in sizes), most)
    generator.set_state(state)
    return alike


def layer_changes(model: VAE, before: dict[str, Tensor]) -> dict[str, LayerChange]:
    """The last minibatch's effect on each layer, by name. before: a copy of the model's `state_dict` from before it."""
    changes = {}
    for name, parameter in model.named_parameters():
        if name.endswith(".weight") and parameter.grad is not None:
            moved = (parameter.detach() - before[name]).norm() / before[name].norm()
            changes[name.removesuffix(".weight")] = LayerChange(parameter.grad.norm().item(), moved.item())
    return changes


def minibatches(training: Aevb) -> Iterator[StepEnd]:
    """Take the remaining minibatches of the training, one after the other."""
    while training.epoch < training.settings.epochs:
        yield training.minibatch()


def _means(sums: list[float], n_images: int) -> ElboMeans:
    reconstruction, kl = sums
    return ElboMeans(reconstruction / n_images, kl / n_images)


def steps_per_epoch(settings: Settings, n_images: int) -> int:
    """Number of minibatches in an epoch; the last one may be smaller."""
    return -(-n_images // settings.batch_size)
