// Entry point of the stand-alone page: plane and panels without a server.

import { find } from "./dom.js";
import { mount as mountGame } from "./panels/game/index.js";
import { mount as mountInspector } from "./panels/inspector/index.js";
import { mount as mountManifold } from "./panels/manifold/index.js";
import { mount as mountPad } from "./panels/pad/index.js";
import { mount as mountPaths } from "./panels/paths/index.js";
import { mount as mountPicture } from "./panels/picture/index.js";
import { mount as mountSelection } from "./panels/selection/index.js";
import { mount as mountVerdict } from "./panels/verdict/index.js";
import { mount as mountPayload } from "./store/payload.js";
import { mount as mountPlane } from "./plane.js";

/** @import { Message, Place, PlaneData } from "./types.js" */

/** @type {Record<string, (message: Message) => () => void>} */
const PANELS = {
  pad: mountPad, verdict: mountVerdict, picture: mountPicture, inspector: mountInspector, paths: mountPaths,
  selection: mountSelection, game: mountGame, manifold: mountManifold,
};

/**
 * Mount plane and panels. The page holds elements `settings` (the plane's message as JSON), `payload` (its bytes in
 * base 64), and one for each panel that it shows.
 */
export function start() {
  const settings = JSON.parse(contentOf("settings"));
  /** @type {PlaneData} */
  const plane = { ...settings, pin: pinOfAddress(settings.limit) };
  const drawPlane = () => mountPlane(message("plane", plane, keepPin));
  const keepPin = (/** @type {{z: Place, id: number}} */ { z, id }) => {
    Object.assign(plane, { pin: z, answered: id });
    notePin(z);
    drawPlane(); // in place of the server's answer
  };
  drawPlane();
  for (const [name, mount] of Object.entries(PANELS)) {
    if (document.getElementById(name)) mount(message(name, { channel: plane.channel }));
  }
  mountPayload({ data: bytesOf(contentOf("payload")) });
  watchTheme(drawPlane);
}

/**
 * A message as Streamlit would send it.
 * @template Data
 * @param {string} id of the element
 * @param {Data} data
 * @param {(choice: any) => void} clicked takes the choice of a pin
 * @returns {Message<Data>}
 */
function message(id, data, clicked = () => {}) {
  return {
    parentElement: find(document, `#${id}`),
    data,
    setStateValue: (_, value) => clicked(value),
    setTriggerValue() {},
  };
}

/** @param {string} id */
function contentOf(id) {
  return find(document, `#${id}`).textContent ?? "";
}

/** @param {string} base64 */
function bytesOf(base64) {
  const characters = atob(base64);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

/**
 * The place of `?z=0.5,-1.2`; null without one.
 * @param {number} limit
 */
function pinOfAddress(limit) {
  const place = (new URLSearchParams(location.search).get("z") ?? "").split(",").map((text) => Number(text || NaN));
  return place.length === 2 && place.every((value) => Math.abs(value) <= limit) ? place : null;
}

/** @param {Place} place */
function notePin(place) {
  const query = new URLSearchParams(location.search);
  query.set("z", place.join());
  history.replaceState(history.state, "", `?${query}${location.hash}`.replaceAll("%2C", ","));
}

/**
 * Follow the system's theme until the reader chooses one.
 * @param {() => void} redraw called after a change, for what is painted in the theme's colours
 */
function watchTheme(redraw) {
  const root = document.documentElement;
  const button = find(document, "#theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const show = (/** @type {boolean} */ dark) => {
    root.dataset.theme = dark ? "dark" : "light";
    button.textContent = dark ? "Light" : "Dark";
    button.setAttribute("aria-label", dark ? "Light theme" : "Dark theme");
    redraw();
  };
  const follow = () => show(system.matches);
  system.addEventListener("change", follow);
  button.addEventListener("click", () => {
    system.removeEventListener("change", follow);
    show(root.dataset.theme !== "dark");
  });
  follow();
}
