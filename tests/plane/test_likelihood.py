"""The plane's likelihoods in JavaScript: log p(x|z), means, draws and deviations, against torch in double precision."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Beta, ContinuousBernoulli, Distribution, Normal
from torch.nn.functional import binary_cross_entropy_with_logits

from vae import data
from vae.analysis.latent import Latent
from vae.browser import payload
from vae.config import make_settings
from vae.data import N_TEST
from vae.model.vae import VAE
from vae.runs import catalogue
from vae.runs.run import Run

RNG = np.random.default_rng(0)
SETTINGS = ["bernoulli", "continuous-bernoulli", "gaussian", "gaussian-learned", "gaussian-pixel", "beta"]
SMALL, ORDINARY, LARGE = (10.0 ** np.arange(-12, 0), np.linspace(-8, 8, 33), [20.0, 37.0, 100.0, 745.0, 1e4])
LOGITS = np.concatenate([[0.0], SMALL, -SMALL, [0.19, 0.2, 0.21, -0.2], ORDINARY, LARGE, np.negative(LARGE)])
GREYS = np.array([0, 1 / 255, 0.25, 0.5, 0.9, 254 / 255, 1])


def double(values) -> torch.Tensor:
    return torch.tensor(np.asarray(values), dtype=torch.float64)


def pairs(logits: np.ndarray = LOGITS) -> tuple[np.ndarray, np.ndarray]:
    """Every grey value with every logit."""
    return np.tile(GREYS, len(logits)), np.repeat(logits, len(GREYS))


def payload_of(run: Run, folder, **parts) -> str:
    path = folder / "payload.safetensors"
    path.write_bytes(payload.plane_payload(run.snapshot(0), n_points=1, **parts))
    return str(path)


def new_run(**values) -> tuple[Run, VAE]:
    """A run that holds an untrained model at epoch 0, with weights so large that its pictures differ."""
    torch.manual_seed(0)
    chosen = make_settings(values)
    run, model = catalogue.create_run(chosen), VAE(chosen)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(3)
    mu = np.zeros((N_TEST, chosen.latent_dim), np.float32)
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    run.write_snapshot(0, weights, Latent(mu, mu, np.zeros(N_TEST, np.uint8)))
    return run, model


# Functions of one number


def test_the_gamma_function_is_torchs(ask):
    a = np.concatenate([[1e-4, 0.1, 0.5, 1, 1.5, 2, 11.99, 12, 1000.0002], RNG.uniform(0, 50, 200)])
    np.testing.assert_allclose(ask("logGamma", a=a), torch.lgamma(double(a)), rtol=1e-14, atol=1e-14)


def continuous_mean(logits: torch.Tensor) -> torch.Tensor:
    """Oracle: ∫ x e^(l·x) dx / ∫ e^(l·x) dx by Gauss-Legendre quadrature, over where there is anything."""
    nodes, weights = (double(each) for each in np.polynomial.legendre.leggauss(200))
    size = logits.abs().unsqueeze(-1)
    span = torch.minimum(40 / size.clamp_min(1e-300), torch.ones(()).double())
    t = span * (nodes + 1) / 2
    density = torch.exp(-size * t) * weights
    near_zero = (t * density).sum(-1) / density.sum(-1)
    return torch.where(logits < 0, near_zero, 1 - near_zero)


def test_the_continuous_bernoullis_mean_is_torchs_and_exact_near_zero_and_far_away(ask):
    found = ask("activated", activation="continuous-bernoulli", values=ORDINARY)
    np.testing.assert_allclose(found, ContinuousBernoulli(logits=double(ORDINARY)).mean, rtol=1e-12)
    found = np.array(ask("activated", activation="continuous-bernoulli", values=LOGITS))
    np.testing.assert_allclose(found, continuous_mean(double(LOGITS)), rtol=1e-12)
    series = 0.5 + SMALL[:10] / 12 - SMALL[:10] ** 3 / 720
    found = ask("activated", activation="continuous-bernoulli", values=SMALL[:10])
    np.testing.assert_allclose(np.array(found) - 0.5, series - 0.5, rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize(
    ("mean", "oracle"),
    [("sigmoid", torch.sigmoid), ("continuous-bernoulli", continuous_mean)],
    ids=["sigmoid", "continuous-bernoulli"],
)
def test_the_slopes_of_the_means_are_those_of_autograd(ask, mean, oracle):
    logits = double(LOGITS).requires_grad_()
    (expected,) = torch.autograd.grad(oracle(logits).sum(), logits)
    found = np.array(ask("slopes", mean=mean, logits=LOGITS))
    differing = np.abs(LOGITS) > 0  # of |l|, autograd takes no slope at 0
    np.testing.assert_allclose(found[differing], expected[differing], rtol=3e-6, atol=1e-12)
    assert found[~differing] == pytest.approx({"sigmoid": 1 / 4, "continuous-bernoulli": 1 / 12}[mean], rel=1e-6)


def test_log_square_is_log_sigma_squared(ask):
    sigma = np.array([0, 1e-5, -1e-4, 0.3, -2, 50])
    found = ask("activated", activation="log-square", values=sigma)
    np.testing.assert_allclose(found, np.log(sigma**2 + 1e-8), rtol=1e-14)


def test_an_unknown_family_is_refused(ask):
    with pytest.raises(ValueError, match="unknown family poisson; known are bernoulli,"):
        ask("logProb", likelihood={"family": "poisson", "logScale": None}, x=[0], logits=[0])


# log p(x|z)


def assert_log_probs(ask, expected: torch.Tensor, **request) -> None:
    found = ask("logProbs", **{"scale": None, **request})
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-9, atol=1e-9)


def test_the_bernoullis_cross_entropy_is_torchs(ask):
    x, logits = pairs()
    expected = -binary_cross_entropy_with_logits(double(logits), double(x), reduction="none")
    assert_log_probs(ask, expected, likelihood={"family": "bernoulli", "logScale": None}, x=x, logits=logits)


def test_the_continuous_bernoullis_density_is_torchs_and_goes_on_beyond(ask):
    likelihood = {"family": "continuous-bernoulli", "logScale": None}
    x, logits = pairs(ORDINARY)
    expected = ContinuousBernoulli(logits=double(logits), lims=(0.4999, 0.5001)).log_prob(double(x))
    assert_log_probs(ask, expected, likelihood=likelihood, x=x, logits=logits)
    x, logits = pairs()
    size = np.maximum(np.abs(logits), 1e-300)
    series = 2 * (1 + np.minimum(size, 1) ** 2 / 12 - np.minimum(size, 1) ** 4 / 720)
    log_c = np.where(size < 1e-2, np.log(series), np.log(size) - log_tanh(size / 2))
    cross_entropy = binary_cross_entropy_with_logits(double(logits), double(x), reduction="none")
    assert_log_probs(ask, double(log_c) - cross_entropy, likelihood=likelihood, x=x, logits=logits)


def log_tanh(half: np.ndarray) -> np.ndarray:
    return np.log(-np.expm1(-2 * half)) - np.log1p(np.exp(-2 * half))


@pytest.mark.parametrize("sigma", [0.01, 0.2, 0.9])
def test_the_gaussian_with_one_sigma_is_torchs(ask, sigma):
    x, logits = pairs()
    expected = Normal(torch.sigmoid(double(logits)), sigma).log_prob(double(x))
    assert_log_probs(ask, expected, likelihood={"family": "gaussian", "logScale": math.log(sigma)}, x=x, logits=logits)


def bounded(raw: np.ndarray, low: float, high: float) -> torch.Tensor:
    return low + (high - low) * torch.sigmoid(double(raw))


def with_scales(raw: list[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every grey value with every logit and every raw scale."""
    x, logits = pairs()
    return np.tile(x, len(raw)), np.tile(logits, len(raw)), np.repeat(raw, len(x))


RAW_SCALES = [-1e4, -30, -2.5, 0, 1, 30, 1e4]


def test_the_gaussian_with_a_sigma_for_each_pixel_is_torchs(ask):
    bounds = (math.log(1 / 128), 0.0)
    x, logits, raw = with_scales(RAW_SCALES)
    expected = Normal(torch.sigmoid(double(logits)), bounded(raw, *bounds).exp()).log_prob(double(x))
    assert_log_probs(
        ask, expected, likelihood={"family": "gaussian", "logScale": bounds}, x=x, logits=logits, scale=raw
    )


def beta_of(logits: np.ndarray, raw: np.ndarray, low: float, high: float) -> Beta:
    nu = bounded(raw, low, high).exp()
    return Beta(nu * torch.sigmoid(double(logits)) + 1e-4, nu * torch.sigmoid(-double(logits)) + 1e-4)


def test_the_beta_density_is_torchs(ask):
    bounds = (math.log(0.1), math.log(1000))
    x, logits, raw = with_scales(RAW_SCALES)
    expected = beta_of(logits, raw, *bounds).log_prob((255 * double(x) + 0.5) / 256)
    assert_log_probs(ask, expected, likelihood={"family": "beta", "logScale": bounds}, x=x, logits=logits, scale=raw)


def test_log_p_is_summed_over_the_pixels(ask):
    x, logits = RNG.uniform(size=784), 3 * RNG.normal(size=784)
    found = ask("logProb", likelihood={"family": "gaussian", "logScale": -1.5}, x=x, logits=logits)
    expected = Normal(torch.sigmoid(double(logits)), math.exp(-1.5)).log_prob(double(x)).sum().item()
    assert found == pytest.approx(expected, rel=1e-12)


# Draws

PIXEL_LOGITS = np.array([-1e4, -30, -6, -1.5, -0.1, 0, 1e-9, 0.4, 2, 8, 50, 1e4])
BETA_BOUNDS = (math.log(0.1), math.log(1000))
PIXEL_SCALES = np.array([0.3, -4, 0, 2, -1e4, 0.5, 1, -1, 1e4, -2, 3, 0])


def case(name: str) -> tuple[dict, Distribution]:
    """What is asked, and the distribution of the pixels that it is about."""
    logits = double(PIXEL_LOGITS)
    if name == "bernoulli":
        return {"likelihood": {"family": name, "logScale": None}}, Bernoulli(logits=logits)
    if name == "continuous-bernoulli":
        return {"likelihood": {"family": name, "logScale": None}}, ContinuousBernoulli(logits=logits)
    if name == "gaussian":
        return {"likelihood": {"family": name, "logScale": -1.2}}, Normal(torch.sigmoid(logits), math.exp(-1.2))
    scaled = {"scale": PIXEL_SCALES}
    if name == "beta":
        distribution = beta_of(PIXEL_LOGITS, PIXEL_SCALES, *BETA_BOUNDS)
        return {"likelihood": {"family": name, "logScale": BETA_BOUNDS}, **scaled}, distribution
    sigma = bounded(PIXEL_SCALES, -4.8, 0.0).exp()
    return {"likelihood": {"family": "gaussian", "logScale": [-4.8, 0]}, **scaled}, Normal(torch.sigmoid(logits), sigma)


CASES = ["bernoulli", "continuous-bernoulli", "gaussian", "gaussian-pixel", "beta"]


@pytest.mark.parametrize("name", CASES)
def test_draws_have_the_moments_of_the_distribution(ask, name):
    request, distribution = case(name)
    n = 20_000
    draws = np.array(ask("samples", logits=PIXEL_LOGITS, seeds=list(range(n)), **request))
    mean, deviation = distribution.mean.numpy(), distribution.stddev.numpy()
    if name == "continuous-bernoulli":  # torch's is inexact at extreme logits
        mean = continuous_mean(double(PIXEL_LOGITS)).numpy()
        deviation = np.array(ask("deviation", logits=PIXEL_LOGITS, **request))
    assert (np.abs(draws.mean(0) - mean) <= 5 * deviation / np.sqrt(n) + 1e-6).all()
    fourth = ((draws - mean) ** 4).mean(0)
    of_variance = np.sqrt(np.maximum(fourth - deviation**4, 0) / n)  # standard error of the mean square
    assert (np.abs(((draws - mean) ** 2).mean(0) - deviation**2) <= 5 * of_variance + 1e-6).all()
    correlations = np.corrcoef(draws[:, np.arange(3, 9)].T)
    assert np.abs(correlations - np.eye(6)).max() < 5 / np.sqrt(n)


@pytest.mark.parametrize("name", CASES)
def test_a_draw_belongs_to_its_seed_and_hardly_moves_with_the_logits(ask, name):
    request, _ = case(name)
    request.pop("scale", None)
    logits = RNG.normal(size=2000)
    scale = {} if name in ("bernoulli", "continuous-bernoulli", "gaussian") else {"scale": RNG.normal(size=2000)}
    first, again, other = np.array(ask("samples", logits=logits, seeds=[4, 4, 5], **scale, **request))
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.3
    (moved,) = np.array(ask("samples", logits=logits + 1e-3, seeds=[4], **scale, **request))
    assert (np.abs(moved - first) > 0.02).mean() < 0.01


def test_a_continuous_bernoulli_is_drawn_by_its_distribution_function(ask):
    """Of each draw, F(x) is even over [0, 1]."""
    logits = np.repeat([-12.0, -0.7, 0.0, 1e-7, 3.0, 90.0], 4000)
    (draws,) = np.array(
        ask("samples", likelihood={"family": "continuous-bernoulli", "logScale": None}, logits=logits, seeds=[1])
    )
    assert ((draws >= 0) & (draws <= 1)).all()
    for part, logit in zip(np.split(draws, 6), [-12.0, -0.7, 0.0, 1e-7, 3.0, 90.0], strict=True):
        ranks = np.sort(np.expm1(logit * part) / np.expm1(logit) if abs(logit) > 1e-3 else part)
        assert np.abs(ranks - (np.arange(4000) + 0.5) / 4000).max() < 1.95 / np.sqrt(4000)


@pytest.mark.parametrize("name", CASES)
def test_deviations_are_those_of_torch(ask, name):
    request, distribution = case(name)
    found = np.array(ask("deviation", logits=PIXEL_LOGITS, **request))
    ordinary = np.abs(PIXEL_LOGITS) < (10 if name == "continuous-bernoulli" else np.inf)
    np.testing.assert_allclose(found[ordinary], distribution.stddev.numpy()[ordinary], rtol=2e-5, atol=1e-7)
    assert np.isfinite(found).all()


# Through a payload


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("hidden", ["24-12", ""])
def test_a_model_is_the_same_in_the_browser(ask, name, hidden, tmp_path):
    run, model = new_run(likelihood=name, hidden=hidden, activation="tanh", latent_dim=3)
    z = torch.tensor(RNG.normal(size=(3, 3)), dtype=torch.float32)
    x = torch.tensor(data.load("test").images[:4].reshape(4, -1) / 255, dtype=torch.float32)
    likelihood = model.decoder.likelihood
    with torch.no_grad():
        parameters = model.decode(z)
        means = likelihood.mean(parameters).numpy()
        log_probs = torch.stack([likelihood.log_prob(x.double(), each.double().expand(4, -1)) for each in parameters])
        draws = likelihood.sample(parameters.double().expand(400, -1, -1), torch.Generator().manual_seed(1)).numpy()
    found = ask("ofPayload", payload=payload_of(run, tmp_path), x=x.numpy(), zs=z.numpy(), n=400)
    for i, answer in enumerate(found):
        np.testing.assert_allclose(answer["mean"], means[i], atol=2e-6)
        np.testing.assert_allclose(answer["logProbs"], log_probs[i], rtol=2e-5, atol=2e-3)
        samples = np.array(answer["samples"])
        np.testing.assert_allclose(samples.mean(), draws[:, i].mean(), atol=5e-3)
        np.testing.assert_allclose(samples.std(0).mean(), draws[:, i].std(0).mean(), rtol=0.02)
        np.testing.assert_allclose(answer["deviation"], draws[:, i].std(0), rtol=0.5, atol=0.05)


@pytest.mark.parametrize("hidden", ["24-12", ""])
def test_an_encoder_that_gives_sigma_gives_logvar(ask, hidden, tmp_path):
    run, model = new_run(posterior_scale="linear", hidden=hidden, latent_dim=3)
    x = torch.tensor(data.load("test").images[:5].reshape(5, -1) / 255, dtype=torch.float32)
    with torch.no_grad():
        expected = torch.stack(model.encode(x), 1).numpy()
    found = ask("encoded", payload=payload_of(run, tmp_path, encoder=True), x=x.numpy())
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
