"""The frame of every page: title, navigation, error messages, and loading after the first paint."""

import ipaddress
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import streamlit as st

from vae.browser import assets
from vae.environment import wait_briefly
from vae.errors import UserError, one_line
from vae.resources import ASSETS, PROJECT, runs_folder

PAGES = {
    "app.py": ("Latent Plane", ":material/home:"),
    "pages/1_Train.py": ("Train", ":material/model_training:"),
    "pages/2_Latent_space.py": ("Latent space", ":material/scatter_plot:"),
    "pages/3_Decode.py": ("Decode", ":material/draw:"),
    "pages/4_Reconstruct.py": ("Reconstruct", ":material/compare:"),
    "pages/5_Theory.py": ("Theory", ":material/function:"),
}
ICON = ASSETS / "icon.png"
WARM_UP_AFTER = 3.0  # seconds from the end of a script run: the browser has painted by then

_STYLE = """
<style>
.stMainBlockContainer { padding: 1.5rem clamp(1rem, 3vw, 3rem) 2rem; max-width: 1280px; }
.stMainBlockContainer h1 { font-size: 2rem; padding-bottom: 0.5rem; }
.stMainBlockContainer .katex-display { overflow-x: auto; overflow-y: hidden; }
@media (max-width: 640px) {
  .stMainBlockContainer { padding-top: 3.5rem; }
  .stMainBlockContainer .katex-display { font-size: 0.75em; }
}
/* Streamlit fades what a script run has not sent again yet; here that is right until the moment it changes. */
.stElementContainer[data-stale] { opacity: 1 !important; transition: none !important; }
[class*="-payload"] { position: absolute !important; visibility: hidden; }
</style>
"""


@contextmanager
def page(title: str) -> Iterator[None]:
    """Context of a page's content: `with page("Decode"): …`. Every page begins with it."""
    name = title if title == "Latent Plane" else f"{title} · Latent Plane"
    st.set_page_config(page_title=name, page_icon=str(ICON), layout="wide")
    st.html(_stylesheet())
    with st.sidebar:
        for path, (label, icon) in PAGES.items():
            st.page_link(path, label=label, icon=icon)
    st.title(title, anchor=False)
    with explained():
        yield
    _warm_up()


@cache
def _stylesheet() -> str:
    """Stylesheet of the page and of all components, once; each component's own would add 28 KB to every message."""
    return f"{_STYLE}<style>{assets.stylesheet()}</style>"


@contextmanager
def explained() -> Iterator[None]:
    """Context that shows a UserError as a message at its place, and ends there.

    A fragment needs its own: Streamlit lets no error out of one.
    """
    try:
        yield
    except UserError as error:
        st.error(escape(str(error)), icon=":material/error:")


@contextmanager
def acting() -> Iterator[None]:
    """As `explained`, for a button's action: the message stays for a while, although the page is drawn again."""
    try:
        yield
    except UserError as error:
        st.toast(escape(str(error)), icon=":material/error:", duration="long")


def escape(text: str) -> str:
    """Escape text as Markdown that shows it as typed, in one line; visitors from elsewhere see no local path."""
    line = one_line(text)
    if _visitor_is_remote():
        for folder in (runs_folder(), PROJECT, Path.home(), Path(tempfile.gettempdir())):
            line = line.replace(str(folder), folder.name)
    escaped = "".join(f"\\{character}" if character in _MARKDOWN else character for character in line)
    return _TYPOGRAPHY.sub(f"\\g<0>{_WORD_JOINER}", escaped)


_MARKDOWN = r"\`*_{}[]()<>#+-.!|$:~&@="
_WORD_JOINER = "\u2060"  # invisible
# Where Streamlit would make an icon, a link or another sign of the text, after Markdown has been read.
_TYPOGRAPHY = re.compile(r":|@|www|(?:[-<>~=])(?=\\[-<>=])")


def _visitor_is_remote() -> bool:
    address = st.context.ip_address  # None: this machine
    try:
        return isinstance(address, str) and not ipaddress.ip_address(address).is_loopback
    except ValueError:
        return True


@cache
def _warm_up() -> None:
    """Load what the first click needs, once per server, after the first paint."""
    timer = threading.Timer(WARM_UP_AFTER, _load_core)
    timer.daemon = True
    timer.start()


def _load_core() -> None:
    wait_briefly()
    import vae.model.vae  # noqa: F401  (and with it PyTorch, which takes seconds)
