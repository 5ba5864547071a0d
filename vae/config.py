"""Every setting of a training, declared once.

The command line, the Train page's form, the page's URL and a run's `config.json` are all derived from
`Settings`: a new setting is one new field here.
"""

import math
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, Literal, TypedDict, cast, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError
from pydantic.fields import FieldInfo

from vae.errors import SHOWN, SettingsError, quoted

MAX_WIDTH = 8192
MAX_LAYERS = 8
MAX_EXPLAINED = 3  # refused settings that a message names


def parse_widths(value: Any) -> Any:
    """Widths of hidden layers from text such as "256-128" (or "256, 128"); anything else passes unchanged.

    Raises:
        ValueError: if the text holds something other than whole numbers.
    """
    if not isinstance(value, str):
        return value
    parts = [part for part in re.split(r"[-,\s]+", value.strip()) if part]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError("not a list of widths")
    return tuple(int(part) for part in parts)


def format_widths(widths: tuple[int, ...]) -> str:
    """Widths as text, "256-128": what `parse_widths` reads."""
    return "-".join(map(str, widths))


Widths = Annotated[
    tuple[Annotated[int, Field(ge=1, le=MAX_WIDTH)], ...],
    BeforeValidator(parse_widths),
    PlainSerializer(list, when_used="json"),
]


class _Extra(TypedDict):
    """What a field knows beside what pydantic has a place for."""

    basic: bool
    unit: str


def setting(default: Any, title: str, help: str, *, basic: bool = False, unit: str = "", **bounds: Any) -> Any:
    """A pydantic field with what a form, a command line and an error message need to know about it."""
    extra: dict[str, Any] = {**_Extra(basic=basic, unit=unit)}
    return Field(default, title=title, description=help, json_schema_extra=extra, **bounds)


class Settings(BaseModel):
    """All settings of one training. Immutable; unknown names and values out of range are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: Literal["plane", "best", "article", "article-10"] = setting(
        "plane", "preset", "The settings that the others start from.", basic=True
    )
    hidden: Widths = setting(
        (256, 128),
        "hidden widths",
        "Widths of the encoder's hidden layers, such as 256-128; the decoder mirrors them. None: a linear model.",
        unit="units",
        max_length=MAX_LAYERS,
    )
    decoder_hidden: Widths = setting(
        (),
        "decoder's widths",
        "Widths of the decoder's hidden layers, from z on. None: those of the encoder, mirrored.",
        unit="units",
        max_length=MAX_LAYERS,
    )
    latent_dim: int = setting(
        2, "latent dimension", "Number of coordinates of z. The plane is at its best with 2.", basic=True, ge=1, le=256
    )
    activation: Literal["relu", "tanh"] = setting("relu", "activation", "Non-linearity of the hidden layers.")
    fourier: float = setting(
        0.0,
        "Fourier features",
        "The decoder's first layer gives sines of w·z + b, with w of this spread at first, and learned from there: the "
        "plane's details come sooner (Tancik et al. 2020). 0: a layer like the others.",
        ge=0.0,
        le=30.0,
    )
    likelihood: Literal[
        "bernoulli", "continuous-bernoulli", "gaussian", "gaussian-learned", "gaussian-pixel", "beta"
    ] = setting(
        "bernoulli",
        "likelihood p(x|z)",
        "What the decoder's output means. Gaussian: σ fixed, one learned σ, or a σ for each pixel and z. The nats of "
        "different likelihoods are not comparable.",
        basic=True,
    )
    sigma: float = setting(
        0.2,
        "σ of the Gaussian",
        "Of likelihood gaussian, in grey values from 0 to 1; where it is learned: at first.",
        ge=0.01,
        le=0.9,
    )
    posterior_scale: Literal["log-variance", "linear"] = setting(
        "log-variance",
        "σ head",
        "What the encoder's second head gives: log σ², or σ itself, of either sign, as some tutorials have it.",
    )
    objective: Literal["estimator-b", "estimator-a", "iwae", "autoencoder"] = setting(
        "estimator-b",
        "objective",
        "B: closed-form KL; A: Monte Carlo throughout; IWAE: the bound with L importance samples (Burda et al. "
        "2015); autoencoder: no noise and no KL, for contrast.",
    )
    epochs: int = setting(
        20, "epochs", "How many times the training sees every image.", basic=True, unit="epochs", ge=1, le=10_000
    )
    batch_size: int = setting(
        128, "batch size M", "Images per minibatch; M in Kingma & Welling.", basic=True, unit="images", ge=1, le=10_000
    )
    n_samples: int = setting(
        1, "samples L", "Draws of z per image and step; L in Kingma & Welling.", basic=True, unit="draws", ge=1, le=64
    )
    learning_rate: float = setting(
        4e-3, "learning rate", "Step size of Adam; the peak, with the one-cycle schedule.", basic=True, ge=1e-6, le=1.0
    )
    schedule: Literal["constant", "one-cycle"] = setting(
        "one-cycle", "schedule", "How the learning rate changes: not at all, or up and then down to nothing."
    )
    beta: float = setting(
        1.0, "β", "Weight of the KL in the loss; 1: the ELBO itself (Higgins et al. 2017 call it β).", ge=0.0, le=1e4
    )
    warm_up: int = setting(
        0,
        "KL warm-up",
        "Epochs over which β grows from 0 to its value (Sønderby et al. 2016); 0: none.",
        unit="epochs",
        ge=0,
        le=10_000,
    )
    dropout: float = setting(
        0.0,
        "dropout of pixels",
        "This part of the pixels, others each time, is hidden from the encoder while training, and asked for of the "
        "decoder: images that were never seen are then encoded better (Srivastava et al. 2014).",
        ge=0.0,
        le=0.9,
    )
    patience: int = setting(
        0,
        "patience",
        "End early after so many epochs without a better validation ELBO; 0: never.",
        unit="epochs",
        ge=0,
        le=10_000,
    )
    precision: Literal["auto", "float32", "bfloat16"] = setting(
        "auto",
        "precision",
        "To what large matrices are rounded as they are multiplied in training; auto: to bfloat16 (on CUDA to TF32) "
        "where a trial on this machine is faster for it. All else, and whatever is measured afterwards, is float32.",
    )
    seed: int = setting(0, "seed", "Same seed, same machine: same result.", basic=True, ge=0, le=2**31 - 1)
    snapshots: int = setting(
        50,
        "snapshots",
        "How many epochs are kept: all of them up to this number, then thinned on a log scale.",
        unit="epochs",
        ge=4,
        le=10_000,
    )
    log_every: int = setting(
        50,
        "log every",
        "Steps between two points of the step-wise curves; of a very long training more, for 40,000 points.",
        unit="steps",
        ge=1,
        le=100_000,
    )
    live_every: int = setting(
        50, "live every", "Steps between two pictures of the plane in the first epoch.", unit="steps", ge=1, le=100_000
    )


PRESETS: dict[str, Settings] = {
    "plane": Settings(),
    "best": Settings(
        preset="best",
        hidden=(1024, 512, 256),
        decoder_hidden=(256, 256, 256, 512),
        fourier=1.5,
        dropout=0.3,
        epochs=200,
        batch_size=256,
        learning_rate=2e-3,
        snapshots=20,
    ),
    "article": Settings(
        preset="article",
        hidden=(256,),
        epochs=10,
        batch_size=100,
        learning_rate=1e-3,
        schedule="constant",
    ),
    "article-10": Settings(
        preset="article-10",
        hidden=(256,),
        latent_dim=10,
        epochs=10,
        batch_size=100,
        learning_rate=1e-3,
        schedule="constant",
    ),
}
PRESET_HELP: dict[str, str] = {
    "plane": "784-256-128-2 with a mirrored decoder and a one-cycle schedule: the sharpest plane for the time.",
    "best": "784-1024-512-256-2 and a deeper decoder: the lowest −ELBO in two dimensions, six minutes on two cores.",
    "article": "784-256-2, M = 100, L = 1, Adam at 0.001: the classic tutorial setting.",
    "article-10": "The tutorial's network with 10 latent dimensions: better pictures, no plane of its own.",
}


@dataclass(frozen=True)
class Setting:
    """One row of the table of settings, as a form or a command line needs it."""

    name: str
    title: str
    help: str
    unit: str
    basic: bool
    kind: Literal["choice", "int", "float", "widths"]
    minimum: float  # −∞ and ∞ of what is no number
    maximum: float
    choices: tuple[str, ...]

    @property
    def accepted(self) -> str:
        """What values are accepted, in words that complete "accepted: …"."""
        if self.kind == "choice":
            return " or ".join(self.choices) if len(self.choices) < 3 else ", ".join(self.choices)
        if self.kind == "widths":
            return f"up to {MAX_LAYERS} widths from 1 to {MAX_WIDTH}, such as 256-128"
        noun = "whole numbers" if self.kind == "int" else "numbers"
        return f"{noun} from {self.minimum:g} to {self.maximum:.12g}"


def _describe(name: str, field: FieldInfo) -> Setting:
    extra = cast("_Extra", field.json_schema_extra)
    bounds = {type(rule): rule for rule in field.metadata}
    if get_origin(field.annotation) is Literal:
        kind = "choice"
    elif get_origin(field.annotation) is tuple:
        kind = "widths"
    else:
        kind = "int" if field.annotation is int else "float"
    return Setting(
        name=name,
        title=field.title or name,
        help=field.description or "",
        unit=extra["unit"],
        basic=extra["basic"],
        kind=kind,
        minimum=bounds[Ge].ge if Ge in bounds else -math.inf,
        maximum=bounds[Le].le if Le in bounds else math.inf,
        choices=get_args(field.annotation) if kind == "choice" else (),
    )


SETTINGS: dict[str, Setting] = {name: _describe(name, field) for name, field in Settings.model_fields.items()}


def make_settings(values: dict[str, Any]) -> Settings:
    """Settings from a preset (`values["preset"]`, or the default one) with the other values put over it.

    Values may be text, as a command line or a URL gives them.

    Raises:
        SettingsError: naming each refused value and what is accepted.
    """
    base = PRESETS.get(values.get("preset", "plane"), PRESETS["plane"])
    return validate_settings({**base.model_dump(), **values})


def validate_settings(values: dict[str, Any]) -> Settings:
    """Settings from a complete or partial mapping, such as the one in a `config.json`.

    Raises:
        SettingsError: naming each refused value and what is accepted.
    """
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        refused = dict.fromkeys(str(problem["loc"][0]) for problem in error.errors())
        explained = [_explain(name, values[name]) for name in refused]
        others = f"; and {len(explained) - MAX_EXPLAINED} more" if len(explained) > MAX_EXPLAINED else ""
        raise SettingsError("; ".join(explained[:MAX_EXPLAINED]) + others) from None


def _explain(name: str, value: Any) -> str:
    if name not in SETTINGS:
        near = get_close_matches(name[:SHOWN], SETTINGS, 1)
        hint = f"did you mean {near[0]}?" if near else "`python -m vae train --help` lists them"
        return f"{quoted(name)} is not a setting; {hint}"
    return f"{SETTINGS[name].title} {quoted(value)} is out of range; accepted: {SETTINGS[name].accepted}"
