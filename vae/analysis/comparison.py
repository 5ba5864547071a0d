"""Comparability of runs' figures: the nats of different likelihoods do not measure the same thing."""

from collections.abc import Iterable

from vae.config import Settings

MEASURES = {
    "bernoulli": "the cross-entropy of grey values (a Bernoulli's, no density)",
    "continuous-bernoulli": "a density on [0, 1]",
    "beta": "a density on [0, 1]",
    "gaussian": "a density on the real line",
    "gaussian-learned": "a density on the real line",
    "gaussian-pixel": "a density on the real line",
}
POINT = "a reconstruction alone (an auto-encoder has no bound)"


def measure(settings: Settings) -> str:
    """The quantity that the −ELBO of a run with these settings measures."""
    return POINT if settings.objective == "autoencoder" else MEASURES[settings.likelihood]


def incomparable(all_settings: Iterable[Settings]) -> str | None:
    """Why the nats of runs with these settings are not comparable; None if they are."""
    measures = dict.fromkeys(map(measure, all_settings))
    if len(measures) < 2:
        return None
    return (
        f"These nats are not comparable: some are of {', others of '.join(measures)}. A density may be above 1, and so "
        "its −ELBO negative. Compare pictures, mean squared errors and maps instead."
    )
