"""The paths panel alone in a window, told what a plane would tell it."""

import re

import numpy as np
import torch
from playwright.sync_api import Page

from vae.runs.run import Run

ORIGIN = "http://paths.test"
EPOCH = 60
PINS = {"A": (-1.5, 0.5), "B": (1.0, 1.7), "C": (2.0, -1.5)}
HTML = """
<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="panels/paths/paths.css">
<style>
  body { margin: 16px; background: var(--st-background-color); }
  :root { --st-primary-color: #3b5bdb; --st-text-color: #31333f; --st-background-color: #ffffff; --st-font: sans-serif;
    --st-border-color: #d3d5da; }
</style>
<div id="panel"></div>
<script type="module">
  import { channel } from "./channel.js";
  import { inPlane, readPayload } from "./format/payload.js";
  import { mount } from "./panels/paths/index.js";
  import { mount as save } from "./format/download.js";

  const decode = window.decode = channel("decode");
  const bytes = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
  Object.assign(window, { went: [], orders: [], paths: [] });
  decode.listen("go", ({ place }) => window.went.push({ place, time: performance.now() }));
  decode.listen("path", (path) => window.paths.push(path));
  window.message = (data) => mount({
    parentElement: document.getElementById("panel"),
    setTriggerValue: (name, order) => window.orders.push([name, order]),
    data: { channel: "decode", gif: true, answer: null, ...data },
  });
  window.remount = () => {
    const old = document.getElementById("panel");
    const cleanUp = window.message();
    old.replaceWith(Object.assign(document.createElement("div"), { id: "panel" }));
    cleanUp();
    window.message();
  };
  window.save = (numbers) => save({ data: new Uint8Array(numbers) });
  window.point = (place) => decode.send("shown", { place, payload: decode.last("payload") });
  window.message();
  decode.send("payload", { ...inPlane(readPayload(await bytes("payload")), null), limit: 20 });
  window.point([0, 0]);
  window.ready = true;
</script>
"""


def send_pins(page: Page, pins: dict[str, tuple[float, float]]) -> None:
    page.evaluate(
        "(pins) => decode.send('pins', pins)", [{"place": place, "name": name} for name, place in pins.items()]
    )


def pins(page: Page) -> dict[str, tuple[float, float]]:
    return {pin["name"]: tuple(pin["place"]) for pin in page.evaluate("decode.last('pins')")}


def path(page: Page) -> dict:
    return page.evaluate("decode.last('path')")


def button(page: Page, name: str):
    return page.get_by_role("button", name=name, exact=True)


def choose_kind(page: Page, title: str) -> None:
    page.locator(".lp-paths-kinds").get_by_text(title, exact=True).click()


def decoded_by_torch(run: Run, places: object) -> np.ndarray:
    """(N, 28, 28) grey values, 0…255."""
    with torch.no_grad():
        grey = torch.sigmoid(run.snapshot(EPOCH).decoder()(torch.tensor(np.array(places), dtype=torch.float32)))
    return grey.mul(255).reshape(-1, 28, 28).numpy()


def canvas(page: Page, selector: str) -> np.ndarray:
    """The grey values of a canvas, (height, width)."""
    width, *values = page.evaluate(
        """(selector) => {
          const canvas = document.querySelector(selector);
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return [canvas.width, ...data.filter((_, i) => i % 4 === 0)];
        }""",
        selector,
    )
    return np.array(values).reshape(-1, width)


def strip(page: Page) -> np.ndarray:
    """The frames on the film strip, (N, 28, 28)."""
    n = int(page.locator(".lp-paths-strip").get_attribute("aria-valuemax"))
    sheet = canvas(page, ".lp-paths-strip canvas")
    sheet = np.pad(sheet, ((0, 2), (0, 2)))
    tiles = sheet.reshape(sheet.shape[0] // 30, 30, -1, 30).swapaxes(1, 2).reshape(-1, 30, 30)
    return tiles[:n, :28, :28]


def along(places: object, n: int) -> np.ndarray:
    """n places in equal steps along a polyline, computed by numpy."""
    places = np.array(places)
    ends = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(places, axis=0), axis=1))])
    wanted = np.linspace(0, ends[-1], n)
    return np.stack([np.interp(wanted, ends, places[:, axis]) for axis in (0, 1)], axis=1)


def picture_length(run: Run, places: object) -> float:
    pictures = decoded_by_torch(run, places).reshape(len(places), -1) / 255
    return np.linalg.norm(np.diff(pictures, axis=0), axis=1).sum()


def numbers(page: Page, kind: str) -> list[float]:
    text = page.locator(".lp-paths-lengths span", has_text=kind).inner_text()
    return [float(number) for number in re.findall(r"\d+\.\d+", text)]


def went(page: Page) -> np.ndarray:
    """The places that the panel asked the plane to show, (N, 2), and when, in ms: (N, 3) together."""
    return np.array([[*go["place"], go["time"]] for go in page.evaluate("went")]).reshape(-1, 3)
