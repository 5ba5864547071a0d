"""The files that draw the plane in a browser: our own JavaScript and CSS, and plotly.js."""

import importlib.util
from pathlib import Path

from vae.resources import ASSETS

SOURCE = ASSETS / "plane"


def modules() -> dict[str, Path]:
    """The JavaScript modules, by their path below `assets/plane`, such as "panels/picture/index.js"."""
    return {path.relative_to(SOURCE).as_posix(): path for path in sorted(SOURCE.glob("**/*.js"))}


def stylesheet() -> str:
    """The CSS of everything that they draw."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(SOURCE.glob("**/*.css")))


def plotly_js() -> Path:
    """The plotly.js of the installed plotly package, found without importing it."""
    spec = importlib.util.find_spec("plotly")
    if not spec or not spec.origin:
        raise ModuleNotFoundError("plotly is not installed")
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"
