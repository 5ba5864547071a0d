"""Step 5: the AEVB algorithm with the run's own numbers, each line with the code that does it."""

import inspect
from collections.abc import Callable
from textwrap import dedent
from typing import Any, NamedTuple

import streamlit as st

from vae.config import Settings, format_widths
from vae.data import N_PIXELS, load
from vae.runs.run import Run

Source = Callable[..., Any]  # a function or a class


class Line(NamedTuple):
    """One line of the algorithm. code: what does it."""

    text: str
    formula: str
    code: Callable[[], list[Source]]


def show(run: Run) -> None:
    settings = run.settings
    st.markdown(
        "**Auto-Encoding Variational Bayes**, algorithm 1 of Kingma & Welling (2013), as this run was trained: "
        f"{format_widths((N_PIXELS, *settings.hidden, settings.latent_dim))}, M = {settings.batch_size}, "
        f"L = {settings.n_samples}, β = {settings.beta:g}, {settings.epochs} epochs of {len(load('train')):,} images. "
        "Open a line to see the code of it. The gradient of the usual objective is written out, in one pass with what "
        "it differentiates; tests hold that it is what autograd makes of the lines before it."
    )
    for number, line in enumerate(_lines(settings), 1):
        with st.expander(f"{number}. {line.text}", key=f"aevb-{number}", on_change="rerun") as sheet:
            st.latex(line.formula)
            if sheet.open:
                for thing in line.code():
                    st.code(dedent(inspect.getsource(thing)), language="python", wrap_lines=True)
    st.caption("Kingma & Welling (2013), section 2.3; Adam: Kingma & Ba (2014).")


def _lines(settings: Settings) -> list[Line]:
    rate = f"α = {settings.learning_rate:g}, {settings.schedule} schedule"
    return [
        Line("Initialise θ, φ", r"\theta,\phi\leftarrow\text{random}", _model),
        Line(
            f"Repeat: draw a random minibatch of M = {settings.batch_size} images",
            r"X^M=\{x^{(1)},\dots,x^{(M)}\}\sim X",
            _minibatch,
        ),
        Line(
            f"Hide {settings.dropout:.0%} of its pixels, and encode it" if settings.dropout else "Encode it",
            r"\mu,\ \sigma\leftarrow\text{encoder}_\phi(X^M)",
            _encoder_of(settings),
        ),
        Line(
            f"Draw the noise, L = {settings.n_samples} for each image, and reparameterise",
            r"z=\mu+\sigma\odot\varepsilon,\quad\varepsilon\sim p(\varepsilon)=\mathcal N(0,I)",
            _reparameterise,
        ),
        Line("Decode, and compare with the images", r"\log p_\theta(x|z)", _likelihood_of(settings)),
        Line(
            f"Estimate the bound ({settings.objective}) and its gradient",
            r"g\leftarrow\nabla_{\theta,\phi}\,\tilde{\mathcal L}^M(\theta,\phi;X^M,\varepsilon)",
            _objective_of(settings),
        ),
        Line(f"Update θ, φ with Adam ({rate})", r"\theta,\phi\leftarrow\text{Adam}(\theta,\phi,g)", _schedule),
        Line("Until converged: here, after the epochs that were asked for", r"\text{return }\theta,\phi", _recording),
    ]


def _model() -> list[Source]:
    from vae.model.vae import VAE

    return [VAE.__init__, VAE.init_output_bias]


def _minibatch() -> list[Source]:
    from vae.training.aevb import Aevb

    return [Aevb.minibatch, Aevb._begin_epoch]


def _encoder_of(settings: Settings) -> Callable[[], list[Source]]:
    def code() -> list[Source]:
        from vae.model.vae import Encoder, drop_pixels

        return [drop_pixels, Encoder] if settings.dropout else [Encoder]

    return code


def _reparameterise() -> list[Source]:
    from vae.model.vae import VAE, reparameterise

    return [reparameterise, VAE.forward]


def _likelihood_of(settings: Settings) -> Callable[[], list[Source]]:
    def code() -> list[Source]:
        from vae.model.likelihood import make_likelihood
        from vae.model.vae import Decoder

        return [Decoder.forward, Decoder.last_hidden, type(make_likelihood(settings)).log_prob]

    return code


def _objective_of(settings: Settings) -> Callable[[], list[Source]]:
    def code() -> list[Source]:
        from vae.model import elbo
        from vae.training import gradient

        gradients = gradient.WrittenOut if gradient.is_written_out(settings) else gradient.Autograd
        own = {"estimator-a": [elbo.estimator_a], "iwae": [elbo.log_weights, elbo.iwae]}
        usual = [elbo.estimator_b, elbo.gaussian_kl_terms]
        return [elbo.objective_value, *own.get(settings.objective, usual), gradients]

    return code


def _schedule() -> list[Source]:
    from vae.training.adam import Adam
    from vae.training.aevb import Aevb
    from vae.training.schedule import rates

    return [Aevb._scheduled, rates, Adam]


def _recording() -> list[Source]:
    from vae.jobs.session import TrainingSession

    return [TrainingSession.events, TrainingSession._done]
