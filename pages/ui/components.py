"""The components that are drawn by our own JavaScript: registered here, used by `plane` and `curves`."""

from functools import cache

from streamlit.components import v2
from streamlit.components.v2.types import ComponentRenderer

from pages.ui import static

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
def component(module: str) -> ComponentRenderer:
    """The Streamlit component that `mount` in assets/plane/`module`.js builds: "plane", "panels/picture/index".

    The stylesheet of all of them comes once, with the page's frame.
    """
    return v2.component(
        f"latent_plane_{module.removesuffix('/index').rpartition('/')[2]}",
        js=_LOADER % static.module_address(f"{module}.js"),
        isolate_styles=False,  # plotly.js puts its own styles into the document
    )
