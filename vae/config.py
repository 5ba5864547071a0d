"""The settings of a training, declared once.

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
MAX_EXPLAINED = 3  # refused settings named in one message


def parse_widths(value: Any) -> Any:
    """Parse widths of hidden layers from text such as "256-128" or "256, 128"; return any other value unchanged.

    Raises:
        ValueError: if the text contains anything but whole numbers.
    """
    if not isinstance(value, str):
        return value
    parts = [part for part in re.split(r"[-,\s]+", value.strip()) if part]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError("not a list of widths")
    return tuple(int(part) for part in parts)


def format_widths(widths: tuple[int, ...]) -> str:
    """Format widths as text, such as "256-128"; the inverse of `parse_widths`."""
    return "-".join(map(str, widths))


Widths = Annotated[
    tuple[Annotated[int, Field(ge=1, le=MAX_WIDTH)], ...],
    BeforeValidator(parse_widths),
    PlainSerializer(list, when_used="json"),
]


class _Extra(TypedDict):
    """Properties of a setting that pydantic's fields have no attribute for."""

    basic: bool
    unit: str


def setting(default: Any, title: str, help: str, *, basic: bool = False, unit: str = "", **bounds: Any) -> Any:
    """Declare a pydantic field, with the texts that the form, the command line and error messages use."""
    extra: dict[str, Any] = {**_Extra(basic=basic, unit=unit)}
    return Field(default, title=title, description=help, json_schema_extra=extra, **bounds)


class Settings(BaseModel):
    """All settings of one training. Immutable; unknown names and values out of range are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: Literal["plane", "best", "article", "article-10"] = setting(
        "plane", "preset", "Default values of all other settings.", basic=True
    )
    hidden: Widths = setting(
        (256, 128),
        "hidden widths",
        "Widths of the encoder's hidden layers, such as 256-128; the decoder mirrors them. Empty: a linear model.",
        unit="units",
        max_length=MAX_LAYERS,
    )
    decoder_hidden: Widths = setting(
        (),
        "decoder's widths",
        "Widths of the decoder's hidden layers, starting at z. Empty: those of the encoder, mirrored.",
        unit="units",
        max_length=MAX_LAYERS,
    )
    latent_dim: int = setting(
        2, "latent dimension", "Number of coordinates of z. The plane works best with 2.", basic=True, ge=1, le=256
    )
    activation: Literal["relu", "tanh"] = setting("relu", "activation", "Non-linearity of the hidden layers.")
    fourier: float = setting(
        0.0,
        "Fourier features",
        "The decoder's first layer computes sin(w·z + b), with w drawn with this standard deviation and then learned. "
        "Fine details of the plane appear sooner (Tancik et al. 2020). 0: an ordinary layer.",
        ge=0.0,
        le=30.0,
    )
    likelihood: Literal[
        "bernoulli", "continuous-bernoulli", "gaussian", "gaussian-learned", "gaussian-pixel", "beta"
    ] = setting(
        "bernoulli",
        "likelihood p(x|z)",
        "Distribution of a picture given z, whose parameters the decoder outputs. Gaussian: σ is fixed, learned, or "
        "learned for each pixel and z. Nats of different likelihoods are not comparable.",
        basic=True,
    )
    sigma: float = setting(
        0.2,
        "σ of the Gaussian",
        "σ of the likelihood gaussian, in grey values from 0 to 1; the initial value if σ is learned.",
        ge=0.01,
        le=0.9,
    )
    posterior_scale: Literal["log-variance", "linear"] = setting(
        "log-variance",
        "σ head",
        "Output of the encoder's second head: log σ², or σ itself, of either sign, as in some tutorials.",
    )
    objective: Literal["estimator-b", "estimator-a", "iwae", "autoencoder"] = setting(
        "estimator-b",
        "objective",
        "B: closed-form KL; A: Monte Carlo throughout; IWAE: the bound with L importance samples (Burda et al. "
        "2015); autoencoder: no noise and no KL, for contrast.",
    )
    epochs: int = setting(
        20, "epochs", "Number of passes over all training images.", basic=True, unit="epochs", ge=1, le=10_000
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
        "one-cycle", "schedule", "Course of the learning rate: constant, or up to a peak and then down to almost 0."
    )
    beta: float = setting(
        1.0, "β", "Weight of the KL in the loss (Higgins et al. 2017); with 1 the loss is −ELBO.", ge=0.0, le=1e4
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
        "Part of the pixels, drawn anew each time, that is hidden from the encoder in training. The decoder still has "
        "to draw them. Unseen images are then encoded better (Srivastava et al. 2014).",
        ge=0.0,
        le=0.9,
    )
    patience: int = setting(
        0,
        "patience",
        "Stop early after this many epochs without a better validation ELBO; 0: never.",
        unit="epochs",
        ge=0,
        le=10_000,
    )
    precision: Literal["auto", "float32", "bfloat16"] = setting(
        "auto",
        "precision",
        "Rounding of large matrices when they are multiplied in training. auto: bfloat16 (on CUDA TF32) where a trial "
        "on this machine finds it faster. Everything else, and every measurement, is float32.",
    )
    seed: int = setting(0, "seed", "Same seed, same machine: same result.", basic=True, ge=0, le=2**31 - 1)
    snapshots: int = setting(
        50,
        "snapshots",
        "Number of epochs kept: all of them up to this number, then thinned on a log scale.",
        unit="epochs",
        ge=4,
        le=10_000,
    )
    log_every: int = setting(
        50,
        "log every",
        "Steps between two points of the step-wise curves; more in a very long training, which has 40,000 points.",
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
    "article-10": "The tutorial's network with 10 latent dimensions: better pictures, but the plane is only a section.",
}


@dataclass(frozen=True)
class Setting:
    """Description of one setting, from which a form or a command line is built."""

    name: str
    title: str
    help: str
    unit: str
    basic: bool
    kind: Literal["choice", "int", "float", "widths"]
    minimum: float  # −∞ and ∞ if the setting is not a number
    maximum: float
    choices: tuple[str, ...]

    @property
    def accepted(self) -> str:
        """The accepted values, in words that follow "accepted: "."""
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
    """Settings of a preset (`values["preset"]`, or the default), overridden by the other values.

    Values may be text, as from a command line or a URL.

    Raises:
        SettingsError: naming the refused values and what is accepted.
    """
    base = PRESETS.get(values.get("preset", "plane"), PRESETS["plane"])
    return validate_settings({**base.model_dump(), **values})


def validate_settings(values: dict[str, Any]) -> Settings:
    """Settings from a complete or partial mapping, such as the one in a `config.json`.

    Raises:
        SettingsError: naming the refused values and what is accepted.
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
