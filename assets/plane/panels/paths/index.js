// Pins and paths: places that the reader keeps, paths through them, and the film along a path.

import { find, findAll } from "../../dom.js";
import { simplified } from "../../math/path.js";
import { panel } from "../panel.js";
import { Film } from "./film.js";
import { describeLengths } from "./lengths.js";
import { PinEditor } from "./pin-editor.js";
import { createRoute } from "./route.js";
import { defaultSettings, settingsOf } from "./settings.js";
import { SKELETON } from "./skeleton.js";

/**
 * @import { Channel, Pin, Place, SeenPayload, Tool } from "../../types.js"
 * @import { Route } from "./route.js"
 * @import { PathSettings } from "./settings.js"
 */

const FINENESS = 0.004; // of a stroke's extent, tolerance of its simplification
const HINTS = [
  "Shift+click the plane, or press Keep, to pin places; two of them make a path.",
  "One more pin makes a path.",
];
const SEARCH = "Looking for the geodesic; until then, the path is straight.";
const DRAW_HINT = "Draw on the plane: press, move, release.";

/** A message's data: {channel} and `GifData`. */
export const mount = panel((parent) => {
  const paths = new Paths(parent);
  return {
    connect: (channel) => paths.connect(channel),
    update: (message) => paths.film.serve(message),
    destroy: () => paths.destroy(),
    listeners: {
      payload: (payload) => paths.showPayload(payload),
      pins: (pins) => paths.showPins(pins),
      tool: (tool) => paths.showTool(tool),
      stroke: (stroke) => paths.takeStroke(stroke),
      play: () => paths.play(),
    },
  };
});

class Paths {
  /** @param {HTMLElement} parent filled by this class */
  constructor(parent) {
    parent.innerHTML = SKELETON;
    const named = (/** @type {string} */ name) => find(parent, `.lp-paths-${name}`);
    this.status = named("status");
    this.hint = named("hint");
    this.lengths = named("lengths");
    this.progress = named("progress");
    this.filmElement = named("film");
    this.drawButton = find(parent, "[data-do=draw]");
    this.kinds = findAll(named("kinds"), "input", HTMLInputElement);
    this.closed = find(parent, "[name=closed]", HTMLInputElement);
    /** @type {Channel | undefined} */
    this.channel = undefined;
    /** @type {?SeenPayload} */
    this.payload = null;
    this.settings = defaultSettings();
    /** @type {?Tool} */
    this.tool = null;
    this.drawing = false; // whether this panel chose the tool
    /** @type {?Place[] | undefined} */
    this.drawnPlaces = undefined; // of the path that the plane shows
    this.pins = new PinEditor(parent, { go: ({ place }) => this.go(place), say: (text) => this.say(text) });
    this.film = new Film(this.filmElement, (place) => this.go(place));
    this.route = createRoute((route) => this.showRoute(route));
    this.drawButton.addEventListener("click", () => this.draw());
    for (const radio of this.kinds) {
      radio.addEventListener("change", () => this.choose({ kind: /** @type {PathSettings["kind"]} */ (radio.value) }));
    }
    this.closed.addEventListener("change", () => this.choose({ closed: this.closed.checked }));
  }

  /** @param {Channel} channel */
  connect(channel) {
    this.channel = this.pins.channel = channel;
    this.settings = settingsOf(channel);
    this.film.begin(this.settings);
    this.showChoice();
    this.showPins([]);
  }

  /** @param {Place} place */
  go(place) {
    this.channel?.signal("go", { place });
  }

  /** @param {string} text */
  say(text) {
    this.status.textContent = text;
  }

  /** @param {SeenPayload} payload */
  showPayload(payload) {
    this.payload = payload;
    this.showPins(this.pins.pins);
  }

  /** @param {Pin[]} pins */
  showPins(pins) {
    this.pins.show(pins, this.payload);
    this.follow();
  }

  /** @param {Partial<PathSettings>} changes */
  choose(changes) {
    Object.assign(this.settings, changes);
    this.showChoice();
    this.follow();
  }

  showChoice() {
    const { kind, closed } = this.settings;
    for (const radio of this.kinds) radio.checked = radio.value === kind;
    this.closed.checked = closed;
  }

  /** Take the pen for a path by hand, or put it away. */
  draw() {
    this.drawing = this.tool !== "path";
    this.channel?.send("tool", this.drawing ? "path" : "move");
  }

  /** @param {Tool} tool */
  showTool(tool) {
    this.tool = tool;
    const drawing = tool === "path";
    this.drawButton.setAttribute("aria-pressed", String(drawing));
    if (drawing) this.say(DRAW_HINT);
    else if (this.status.textContent === DRAW_HINT) this.say("");
  }

  /** @param {Place[]} stroke */
  takeStroke(stroke) {
    const limit = this.payload?.limit ?? 0;
    const places = stroke.map((place) => place.map((value) => Math.min(limit, Math.max(-limit, value))));
    const spans = [0, 1].map((axis) => places.map((place) => place[axis]));
    const extent = Math.hypot(...spans.map((values) => Math.max(...values) - Math.min(...values)));
    if (this.drawing) this.channel?.send("tool", "move");
    this.drawing = false;
    this.choose({ kind: "drawn", stroke: simplified(places, FINENESS * extent) });
  }

  /** Follow the chosen path through the current pins. */
  follow() {
    const { payload, settings: { kind, closed, stroke } } = this;
    const places = kind === "drawn" ? (stroke ?? []) : this.pins.pins.map(({ place }) => place);
    const enough = places.length > 1;
    this.hint.textContent = enough ? "" : this.hintFor(kind);
    this.filmElement.hidden = !enough;
    this.route.follow(enough && payload ? { kind, places, closed, payload } : null);
  }

  /** @param {string} kind of path */
  hintFor(kind) {
    if (kind === "drawn") return "Press “Draw a path”, then draw on the plane.";
    return HINTS[Math.min(1, this.pins.pins.length)];
  }

  /** @param {?Route} route */
  showRoute(route) {
    const places = route?.places ?? null;
    if (places !== this.drawnPlaces) {
      this.drawnPlaces = places;
      this.channel?.send("path", route && { kind: route.kind, places: route.places });
    }
    this.film.show(route);
    this.lengths.replaceChildren(...describeLengths(route?.lengths ?? {}).map(inSpan));
    const progress = route?.progress ?? null;
    this.progress.hidden = progress === null;
    find(this.progress, "progress", HTMLProgressElement).value = progress ?? 0;
    find(this.progress, "span").textContent = progress === null ? "" : SEARCH;
  }

  play() {
    if (!this.film.toggle()) this.say(this.hintFor(this.settings.kind));
  }

  destroy() {
    this.route.destroy();
    this.film.destroy();
  }
}

/** @param {string} text */
function inSpan(text) {
  return Object.assign(document.createElement("span"), { textContent: text });
}
