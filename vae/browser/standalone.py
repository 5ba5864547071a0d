"""A plane as one HTML file: it opens from the disk, with no server and no network.

The file holds plotly.js, the modules of `assets/plane` (the same that the app serves), the weights of decoder and
encoder, and the first test images with their pictures. Its content security policy lets it load nothing else.
"""

import base64
import html
import json
import math
import posixpath
import re

import numpy as np

from vae import data, pictures
from vae.analysis.latent import Chart, coordinate_chart
from vae.browser import assets
from vae.browser.message import PlaneMessage, Sheets
from vae.browser.payload import plane_payload, stored_key
from vae.config import Settings, format_widths
from vae.errors import UserError
from vae.model.architecture import decoder_shapes, encoder_shapes
from vae.runs.snapshot import Snapshot

N_POINTS = 2_000
TEMPLATE = assets.SOURCE / "standalone.html"
START = "standalone.js"
CHANNEL = "page"
PREFIX = "latent-plane/"  # of a module's name in the import map
BYTES_OF_REST = 850_000  # of modules, style and pictures of `N_POINTS` images
ENTRANCE = '<div><div id="pad"></div><div id="verdict"></div></div>'

_IMPORT = re.compile(r"""(\bfrom\s*|\bimport\s*\(?\s*)(["'])([^"'\n]+)\2""")
_PLACE = re.compile(r"\{\{(\w+)\}\}")


class StandaloneError(UserError):
    """The HTML file cannot be made."""


def standalone_page(snapshot: Snapshot, n_points: int = N_POINTS, chart: Chart | None = None) -> bytes:
    """The HTML file of one epoch of a run, equal bytes for equal content.

    Weights are in half precision: of the bundled run, no pixel differs by more than one grey level from the app's.

    n_points: how many test images, the first ones, with their pictures.
    chart: how the plane lies in the latent space; None: along the first two coordinates.

    Raises:
        RunError: if the snapshot cannot be read.
        StandaloneError: if `n_points` is not from 1 to 10,000, or a file of the plane is missing.
    """
    if not 1 <= n_points <= data.N_TEST:
        raise StandaloneError(f"A page cannot show {n_points} images. Accepted: from 1 to {data.N_TEST}.")
    payload = plane_payload(snapshot, encoder=True, n_points=n_points, weights_as=np.float16)
    sheet = _address("image/png", pictures.sheet(data.load("test").images[:n_points]))
    message = PlaneMessage(
        channel=CHANNEL,
        payload=stored_key(payload),
        sheets=Sheets([sheet], perSheet=n_points),
        chart=chart or coordinate_chart(snapshot.settings.latent_dim),
        tools=True,
    )
    parts = {
        "title": html.escape(snapshot.run.name),
        "epoch": str(snapshot.moment),
        "introduction": _introduction(snapshot.settings.latent_dim),
        "made": html.escape(_how_made(snapshot, n_points)),
        "entrance": ENTRANCE if snapshot.has_encoder() else "",
        "css": assets.stylesheet(),
        "plotly": assets.plotly_js().read_text(encoding="utf-8").replace("</script", r"<\/script"),
        "imports": _script_json({"imports": import_map()}),
        "settings": _script_json(message.as_json()),
        "payload": base64.b64encode(payload).decode(),
    }
    template = TEMPLATE.read_text(encoding="utf-8")
    return _PLACE.sub(lambda place: parts[place[1]], template).encode()


def estimated_size(settings: Settings) -> int:
    """Estimated size of the page of a run with these settings, in bytes."""
    shapes = encoder_shapes(settings) | decoder_shapes(settings)
    weights = sum(math.prod(shape) for shape in shapes.values()) * np.dtype(np.float16).itemsize
    points = N_POINTS * 2 * settings.latent_dim * np.dtype(np.float32).itemsize
    return assets.plotly_js().stat().st_size + BYTES_OF_REST + (weights + points) * 4 // 3  # base 64


def import_map() -> dict[str, str]:
    """Addresses of the modules that the page needs, by name; each is a data URL that holds the module.

    Such an address lies in no folder; so modules import each other by these names.

    Raises:
        StandaloneError: if a module imports what is not there.
    """
    modules = assets.modules()
    addresses: dict[str, str] = {}
    wanted = [START]
    while wanted:
        name = wanted.pop()
        if PREFIX + name in addresses:
            continue
        if name not in modules:
            raise StandaloneError(f"A module of the plane imports {name}, which is missing. Restore {assets.SOURCE}.")
        text = modules[name].read_text(encoding="utf-8")
        wanted += [_target(name, match[3]) for match in _IMPORT.finditer(text)]
        addresses[PREFIX + name] = _address("text/javascript", _with_names(name, text).encode())
    return dict(sorted(addresses.items()))


def _with_names(importer: str, text: str) -> str:
    """A module's text with its imports by the names of the import map."""
    return _IMPORT.sub(lambda match: f'{match[1]}"{PREFIX}{_target(importer, match[3])}"', text)


def _target(importer: str, specifier: str) -> str:
    """Resolve a specifier such as "../math/chart.js" to the module's path below `assets/plane`."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), specifier))


def _introduction(latent_dim: int) -> str:
    numbers = {1: "one number", 2: "two numbers"}.get(latent_dim, f"{latent_dim} numbers")
    return (
        f"This variational auto-encoder squeezes a handwritten digit into {numbers}, and draws it again from them. "
        "Point anywhere on the plane."
    )


def _how_made(snapshot: Snapshot, n_points: int) -> str:
    settings = snapshot.settings
    beta = "" if settings.beta == 1 else f", β = {settings.beta:g}"
    widths = format_widths((data.N_PIXELS, *settings.hidden, settings.latent_dim))
    sentences = [
        f"Encoder {widths}, decoder its mirror image, trained on MNIST "
        f"(M = {settings.batch_size}, L = {settings.n_samples}{beta}, seed {settings.seed}).",
        *(
            f"Validation after epoch {snapshot.moment}, in nats an image: −ELBO {-record.validation.elbo:.2f} = "
            f"reconstruction error {-record.validation.reconstruction:.2f} + KL {record.validation.kl:.2f}."
            for record in snapshot.run.history().epochs
            if record.epoch == snapshot.moment
        ),
        f"The dots are the first {n_points:,} test images, at the means of q(z|x).",
        *["The snapshot of this epoch holds no encoder, so nothing can be drawn here."] * (not snapshot.has_encoder()),
        "Made with Latent Plane. This page loads nothing and sends nothing.",
    ]
    return " ".join(sentences)


def _address(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _script_json(value: object) -> str:
    """JSON in which no text can end a script element."""
    return json.dumps(value).replace("<", r"\u003c")
