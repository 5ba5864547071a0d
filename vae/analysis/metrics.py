"""Metrics of a trained model: the ELBO, the evidence, and the quality of its latent map.

Shapes: N images of D pixels, latent dimension J; mu, logvar: (N, J) of q(z|x) = N(mu, diag exp(logvar)); the prior is
p(z) = N(0, I), and q(z) = 1/N Σ_n q(z|x_n) over exactly these N images.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from vae.analysis.evidence import TOLERANCE_OF_MANY, Progress, is_exact, iwae_bound, log_evidence
from vae.analysis.latent import encode_images
from vae.data import as_grey_values
from vae.model.elbo import LOG_2PI, ElboMeans, gaussian_kl, gaussian_kl_terms, prior_log_prob
from vae.model.vae import VAE, reparameterise

N_NEIGHBOURS = 15
QUERY_BATCH = 100  # images compared with all others at once, in about 20 MB
RANK_BATCH = 100  # images whose 10,000 distances each stay in the CPU's cache
STRATUM = 2  # draws from each q(z|x_n): the fewest that give a variance
EVALUATION_BATCH = 1_000
K_BOUND, N_BOUND = 500, 1_000  # draws and images of the IWAE bound, if log p(x) cannot be integrated
NOISE_SEED = 1  # the same noise every time, so that two evaluations differ by their weights alone


@torch.no_grad()
def evaluate_elbo(model: VAE, images: Tensor, n_samples: int = 1) -> ElboMeans:
    """Mean ELBO terms over `images` ((N, D) uint8), computed in float32 with `n_samples` fixed draws of z per image."""
    generator = torch.Generator().manual_seed(NOISE_SEED)
    reconstruction = torch.zeros((), dtype=torch.float64)
    kl = torch.zeros(model.latent_dim, dtype=torch.float64)
    for batch in images.split(EVALUATION_BATCH):
        x = as_grey_values(batch)
        draws = model(x, n_samples, generator)
        reconstruction += model.likelihood.log_prob(x, draws.parameters).mean(0).cpu().sum(dtype=torch.float64)
        kl += gaussian_kl_terms(draws.mu, draws.logvar).cpu().sum(0, dtype=torch.float64)
    kl /= len(images)
    return ElboMeans((reconstruction / len(images)).item(), kl.sum().item(), tuple(kl.tolist()))


def knn_accuracy(mu: Tensor, labels: Tensor, reference_mu: Tensor, reference_labels: Tensor, k: int) -> float:
    """Accuracy of a k-nearest-neighbour classifier on the means `mu` (N, J); a tie goes to the smallest label.

    reference_mu: (R, J); labels: (N,) and reference_labels: (R,) integers.
    """
    n_classes, hits = int(reference_labels.max()) + 1, 0
    for queries, truth in zip(mu.split(QUERY_BATCH), labels.split(QUERY_BATCH), strict=True):
        distances = torch.cdist(queries, reference_mu, compute_mode="donot_use_mm_for_euclid_dist")  # (Q, R)
        votes = reference_labels[distances.topk(k, largest=False).indices].long()  # (Q, k)
        counts = torch.nn.functional.one_hot(votes, n_classes).sum(1)  # (Q, C)
        hits += int((counts.argmax(1) == truth).sum())
    return hits / len(mu)


def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    """Number of active latent dimensions: those with Cov_x(E_q[z_j|x]) > `threshold`.

    Burda, Grosse & Salakhutdinov (2015), "Importance weighted autoencoders", section 5.
    """
    return int((mu.double().var(0, correction=0) > threshold).sum())


class Estimate(NamedTuple):
    """A Monte Carlo estimate and its standard error, in the same unit."""

    value: float
    standard_error: float


def aggregate_kl(mu: Tensor, logvar: Tensor, seed: int = NOISE_SEED) -> Estimate:
    """KL(q(z) ‖ p(z)) in nats, the "marginal KL" of Hoffman & Johnson (2016), "ELBO surgery".

    The mean of log q(z) − log p(z) over a stratified sample of q(z), with `STRATUM` draws from each q(z|x_n). The
    standard error is that of the variance within the strata, the only one that remains.
    """
    mu, logvar = mu.double(), logvar.double()
    generator = torch.Generator().manual_seed(seed)
    z = reparameterise(mu, torch.exp(0.5 * logvar), STRATUM, generator).flatten(0, 1)  # (L N, J)
    log_q = torch.cat([log_aggregate_posterior(batch, mu, logvar) for batch in z.split(QUERY_BATCH)])
    log_ratios = (log_q - prior_log_prob(z)).view(STRATUM, -1)  # (L, N)
    variance = log_ratios.var(0).mean() / log_ratios.numel()
    return Estimate(log_ratios.mean().item(), variance.sqrt().item())


def log_aggregate_posterior(z: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """log q(z) in nats at z (M, J) float64, the mixture of all N components of mu and logvar: (M,).

    Takes memory for M × N numbers. (z − μ)²/σ² is expanded into matrix products, which in float64 is exact to a
    thousandth of a nat unless σ is below a millionth of |μ|.
    """
    precision = torch.exp(-logvar)  # (N, J)
    constants = -0.5 * (mu.square() * precision + logvar + LOG_2PI).sum(1)  # (N,)
    log_densities = torch.addmm(constants, z, (mu * precision).T)  # (M, N)
    log_densities.addmm_(z.square(), precision.T, alpha=-0.5)
    return log_densities.logsumexp(1) - math.log(len(mu))


def mutual_information(mu: Tensor, logvar: Tensor, marginal_kl: float) -> float:
    """Mutual information I_q(x; z) = 1/N Σ_n KL(q(z|x_n) ‖ p(z)) − KL(q(z) ‖ p(z)) in nats, at most log N.

    Hoffman & Johnson (2016). marginal_kl: the value from `aggregate_kl`, whose standard error applies here too.
    """
    return gaussian_kl(mu.double(), logvar.double()).mean().item() - marginal_kl


def mmd(z: Tensor, prior_draws: Tensor) -> float:
    """Unbiased estimate of MMD² between two samples, (N, J) and (M, J): 0 on average if their distributions are equal.

    The kernel is the inverse multiquadratic C / (C + ‖z − w‖²) with C = 2J, the expected squared distance of two draws
    from the prior: Tolstikhin, Bousquet, Gelly & Schölkopf (2018), "Wasserstein auto-encoders", section 4. It has no
    unit, is below 2, as the kernel is at most 1, and may be slightly negative.
    """
    n, m = len(z), len(prior_draws)
    within_z = (_kernel_sum(z, z) - n) / (n * (n - 1))  # without the diagonal, where the kernel is 1
    within_prior = (_kernel_sum(prior_draws, prior_draws) - m) / (m * (m - 1))
    return within_z + within_prior - 2 * _kernel_sum(z, prior_draws) / (n * m)


def _kernel_sum(z: Tensor, w: Tensor) -> float:
    """Σ_i Σ_j k(z_i, w_j)."""
    scale = 2.0 * z.shape[1]
    distances = (torch.cdist(batch, w.double()) for batch in z.double().split(QUERY_BATCH))
    return scale * math.fsum(d.square_().add_(scale).reciprocal_().sum().item() for d in distances)


def trustworthiness(x: Tensor, mu: Tensor, k: int = N_NEIGHBOURS) -> float:
    """Trustworthiness of a map: 1 if all neighbours on the map are neighbours in pixel space, about 1/2 by chance.

    1 − 2 / (N k (2N − 3k − 1)) Σ_i Σ_j max(0, r(i, j) − k) over the k nearest means j of each i, where r(i, j) = 1 for
    the image nearest to x_i. Venna & Kaski (2001), "Neighborhood preservation in nonlinear projection methods: an
    experimental study"; scikit-learn's `trustworthiness`. x: (N, D), mu: (N, J), Euclidean distances; k < N/2.
    """
    n, penalty = len(x), 0
    x, mu = x.double(), mu.double()
    squares = x.square().sum(1)
    for start in range(0, n, RANK_BATCH):
        stop = min(start + RANK_BATCH, n)
        own = torch.arange(start, stop)[:, None]
        on_map = torch.cdist(mu[start:stop], mu, compute_mode="donot_use_mm_for_euclid_dist")  # (Q, N)
        neighbours = on_map.scatter(1, own, math.inf).topk(k, largest=False).indices  # (Q, k)
        distances = torch.addmm(squares, x[start:stop], x.T, alpha=-2)  # (Q, N): ‖x_j − x_i‖² − ‖x_i‖²
        distances.scatter_(1, own, math.inf)
        for those in distances.gather(1, neighbours).split(1, dim=1):  # (Q, 1), k times
            ranks = 1 + (distances < those).sum(1)
            penalty += int((ranks - k).clamp(min=0).sum())
    return 1 - 2 * penalty / (n * k * (2 * n - 3 * k - 1))


class Part(NamedTuple):
    """A step of an evaluation. name: what it measures, for the user; figures: computes it, name → value."""

    name: str
    figures: Callable[[], dict[str, Any]]


def map_parts(model: VAE, images: Tensor, labels: Tensor, known_images: Tensor, known_labels: Tensor) -> list[Part]:
    """Metrics of the latent map of `images` ((N, D) uint8), from `active_units` to `trustworthiness`.

    known_images, known_labels: references for `knn_accuracy`. For an auto-encoder, which learns no q(z|x), z are the
    means, and there is no mutual information.
    """
    mu, logvar = encode_images(model, images)

    def information() -> dict[str, float]:
        marginal_kl = aggregate_kl(mu, logvar)
        return {
            "mutual_information": mutual_information(mu, logvar, marginal_kl.value),
            "aggregate_kl": marginal_kl.value,
            "aggregate_kl_error": marginal_kl.standard_error,
        }

    def distance_to_prior() -> dict[str, float]:
        generator = torch.Generator().manual_seed(NOISE_SEED)
        z = mu if model.is_autoencoder else reparameterise(mu, torch.exp(0.5 * logvar), 1, generator)[0]
        return {"mmd": mmd(z, torch.randn(z.shape, generator=generator))}

    def neighbours() -> dict[str, float]:
        known_mu = encode_images(model, known_images)[0]
        return {"knn_accuracy": knn_accuracy(mu, labels, known_mu, known_labels, N_NEIGHBOURS)}

    return [
        Part("active units", lambda: {"active_units": active_units(mu)}),
        *([] if model.is_autoencoder else [Part("mutual information", information)]),
        Part("distance to the prior", distance_to_prior),
        Part("nearest neighbours", neighbours),
        Part("trustworthiness", lambda: {"trustworthiness": trustworthiness(images, mu)}),
    ]


def evidence_part(model: VAE, images: Tensor, progress: Progress) -> Part:
    """log p(x) of `images` ((N, D) uint8): exact in one and two dimensions, else a bound for the first `N_BOUND`."""
    if is_exact(model.latent_dim):

        def exact() -> dict[str, Any]:
            found = log_evidence(model, as_grey_values(images), progress, TOLERANCE_OF_MANY)
            return _evidence(found.log_px, found.error.max().item(), "quadrature")

        return Part("exact log p(x)", exact)

    def bound() -> dict[str, Any]:
        found = iwae_bound(model, as_grey_values(images[:N_BOUND]), K_BOUND, progress=progress)
        error = found.standard_error.square().sum().sqrt().item() / len(found.log_px)
        return _evidence(found.log_px, error, f"IWAE bound, k = {K_BOUND}, first {len(found.log_px)} images")

    return Part("bound of log p(x)", bound)


def _evidence(log_px: Tensor, error: float, by: str) -> dict[str, Any]:
    return {"log_evidence": log_px.mean().item(), "log_evidence_error": error, "log_evidence_by": by}


def mean_squared_error(model: VAE, images: Tensor) -> float:
    """Mean squared error per pixel, in [0, 1]², of `images` ((N, D) uint8) reconstructed from the means of q(z|x)."""
    total = 0.0
    with torch.no_grad():
        for batch in images.split(EVALUATION_BATCH):
            x = as_grey_values(batch)
            total += (model.reconstruct(x) - x).square().sum(dtype=torch.float64).item()
    return total / images.numel()
