// The start of the page that is one file: the app's own plane and panels, without the app.

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

const CHANNEL = "page";
const PANELS = {
  pad: mountPad, verdict: mountVerdict, picture: mountPicture, inspector: mountInspector, paths: mountPaths,
  selection: mountSelection, game: mountGame, manifold: mountManifold,
};

/**
 * Show what the page holds: `settings`, the plane's message as JSON; `payload`, its bytes in base 64; and an element
 * for each panel that belongs to it.
 */
export function start() {
  const settings = JSON.parse(contentOf("settings"));
  const plane = { ...settings, channel: CHANNEL, tools: true, pin: pinOfAddress(settings.limit) };
  const drawPlane = () => mountPlane(message("plane", plane, keepPin));
  const keepPin = ({ z, id }) => {
    Object.assign(plane, { pin: z, answered: id });
    notePin(z);
    drawPlane(); // a server would answer, too
  };
  drawPlane();
  for (const [name, mount] of Object.entries(PANELS)) {
    if (document.getElementById(name)) mount(message(name, { channel: CHANNEL }));
  }
  mountPayload({ data: bytesOf(contentOf("payload")) });
  watchTheme(drawPlane);
}

function message(id, data, clicked = () => {}) {
  return { parentElement: document.getElementById(id), data, setStateValue: (_, value) => clicked(value) };
}

function contentOf(id) {
  return document.getElementById(id).textContent;
}

function bytesOf(base64) {
  const characters = atob(base64);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

/** The place of `?z=0.5,-1.2`, or null where there is none. */
function pinOfAddress(limit) {
  const place = (new URLSearchParams(location.search).get("z") ?? "").split(",").map((text) => Number(text || NaN));
  return place.length === 2 && place.every((value) => Math.abs(value) <= limit) ? place : null;
}

function notePin(place) {
  const query = new URLSearchParams(location.search);
  query.set("z", place.join());
  history.replaceState(history.state, "", `?${query}${location.hash}`.replaceAll("%2C", ","));
}

/** Follow the system's theme until the reader chooses; `redraw` what has the theme's colours painted in. */
function watchTheme(redraw) {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const show = (dark) => {
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
