"""The components that are drawn by our own JavaScript: registered here, used by `plane` and `curves`."""

from functools import cache

import streamlit as st

from pages.ui import static
from vae import browser

_LOADER = """
const loading = import(new URL("%s", document.baseURI));
export default (message) => {
  const mounted = loading.then(({ mount }) => mount(message));
  mounted.catch((error) => {
    console.error(error);
    message.parentElement.textContent = `This part of the page failed: ${error.message}. Reload the page to try again.`;
  });
  return () => mounted.then((cleanUp) => cleanUp?.());
};
"""


@cache
def _stylesheet() -> str:
    return browser.stylesheet()


@cache
def component(module: str):
    """The Streamlit component whose entry point is `mount` in assets/plane/`module`.js, such as "panels/picture"."""
    return st.components.v2.component(
        f"latent_plane_{module.rpartition('/')[2]}",
        css=_stylesheet(),
        js=_LOADER % static.module_address(f"{module}.js"),
        isolate_styles=False,  # plotly.js puts its own styles into the document
    )
