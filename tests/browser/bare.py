"""A page without the app: the real plane, and panels beside it, from a folder that stands for a server."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from playwright.sync_api import Page

from vae import data, pictures
from vae.browser import assets
from vae.browser.message import PlaneMessage, Sheets
from vae.browser.payload import plane_payload, stored_key
from vae.runs.run import Run

ORIGIN = "http://plane.test"
CHANNEL = "bare"
PAINTED = ".lp-plane:not([aria-busy])"

HTML = """
<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="all.css">
<style>
  :root { --st-font: sans-serif; --st-button-radius: 8px; font: 16px/1.5 sans-serif;
    --st-primary-color: #3b5bdb; --st-text-color: #31333f; --st-background-color: #ffffff; --st-border-color: #d3d5da;
    --st-secondary-background-color: #f0f2f6; background: var(--st-background-color); }
  @media (prefers-color-scheme: dark) {
    :root { --st-primary-color: #91a7ff; --st-text-color: #fafafa; --st-background-color: #0e1117;
      --st-border-color: #41444c; --st-secondary-background-color: #262730; color-scheme: dark; }
  }
  body { display: grid; grid-template-columns: minmax(0, 560px) minmax(0, 1fr); gap: 20px; margin: 12px; }
  @media (max-width: 640px) { body { grid-template-columns: minmax(0, 1fr); } }
  #panels > div { margin-bottom: 16px; }
</style>
<div id="plane"></div><div id="panels"></div>
<script type="module">
  import { channel } from "./channel.js";
  import { mount as mountPayload } from "./store/payload.js";
  import { mount as mountPlane } from "./plane.js";

  const settings = await (await fetch("settings.json")).json();
  const bytesOf = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
  Object.assign(window, { bare: channel(settings.channel), told: [], went: [] });
  for (const topic of ["trip", "target", "selection"]) bare.listen(topic, (value) => window.told.push([topic, value]));
  bare.listen("go", (value) => window.went.push(value));
  let [pin, answered] = [null, null];
  let drawn = null;
  window.show = async (name) => {
    drawn = settings.payloads[name];
    mountPlane({
      parentElement: document.getElementById("plane"),
      data: { ...drawn, pin, answered },
      setStateValue: (_, { z, id }) => ([pin, answered] = [z, id]),
    });
    mountPayload({ data: await bytesOf(name) });
  };
  window.mountPanel = async (name) => {
    const { mount } = await import(`./panels/${name}/index.js`);
    const element = Object.assign(document.createElement("div"), { id: name });
    document.getElementById("panels").append(element);
    const cleanUp = mount({ parentElement: element, data: { channel: settings.channel } });
    return () => (element.remove(), cleanUp());
  };
  const query = new URLSearchParams(location.search);
  for (const name of query.get("panels").split(",")) await mountPanel(name);
  await show(query.get("payload"));
  window.ready = true;
</script>
"""


def make_site(folder: Path, run: Run, snapshots: dict[str, tuple[int, data.Split, bool]]) -> None:
    """Put all that the page loads into a folder; snapshots: name → (epoch, split, with the encoder)."""
    for name, source in assets.modules().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, folder / name)
    shutil.copy(assets.plotly_js(), folder)
    (folder / "all.css").write_text(assets.stylesheet())
    (folder / "index.html").write_text(HTML)
    payloads = {}
    for name, (epoch, split, encoder) in snapshots.items():
        content = plane_payload(run.snapshot(epoch), split=split, encoder=encoder)
        (folder / name).write_bytes(content)
        payloads[name] = PlaneMessage(CHANNEL, stored_key(content), _sheets(folder, split), tools=True).as_json()
    settings = {"channel": CHANNEL, "payloads": payloads}
    (folder / "settings.json").write_text(json.dumps(settings))


def _sheets(folder: Path, split: data.Split) -> Sheets:
    images = data.load(split).images
    addresses = []
    for start in range(0, len(images), pictures.SHEET_IMAGES):
        addresses.append(f"{split}-{start}.png")
        if not (folder / addresses[-1]).exists():
            (folder / addresses[-1]).write_bytes(pictures.sheet(images[start : start + pictures.SHEET_IMAGES]))
    return Sheets(addresses)


def open_bare(page: Page, site: Path, panels: Sequence[str], payload: str) -> None:
    """Open the page with these panels, and wait until the plane is painted."""
    page.route(f"{ORIGIN}/**", lambda route: route.fulfill(path=site / urlsplit(route.request.url).path[1:]))
    page.goto(f"{ORIGIN}/index.html?panels={','.join(panels)}&payload={payload}")
    page.wait_for_function("window.ready")
    page.wait_for_selector(PAINTED)


def go(page: Page, place: tuple[float, float], *, pin: bool = False) -> None:
    """Let the plane show a place, and wait for the frame in which it does."""
    page.evaluate(
        """([place, pin]) => {
          bare.signal("go", { place, pin });
          return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        }""",
        [list(place), pin],
    )


def grey(page: Page, selector: str, nth: int = 0) -> np.ndarray:
    """The grey values of a canvas, (height, width), 0…255."""
    width, *values = page.evaluate(
        """([selector, nth]) => {
          const canvas = document.querySelectorAll(selector)[nth];
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return [canvas.width, ...data.filter((_, i) => i % 4 === 0)];
        }""",
        [selector, nth],
    )
    return np.array(values).reshape(-1, width)
