// Pins and paths: the places that a reader keeps, the ways through them, and the film of what is drawn on the way.

import { MAX_PINS, PLACE_LIMIT } from "../../format/link.js";
import { simplified } from "../../math/path.js";
import { withPin } from "../../store/pins.js";
import { panel } from "../panel.js";
import { Film } from "./film.js";
import { describeLengths } from "./lengths.js";
import { createPins } from "./pins.js";
import { createRoute } from "./route.js";
import { settingsOf } from "./settings.js";
import { SKELETON } from "./skeleton.js";

const FINENESS = 0.004; // of a stroke's extent: how far its simplified path may be from it
const HINTS = [
  "Shift+click the plane, or press Keep, to pin places; two of them make a path.",
  "One more pin makes a path.",
];
const SEARCH = "Looking for the geodesic; until then, the path is straight.";
const DRAW_HINT = "Draw on the plane: press, move, release.";

/** A message: {channel, gif: whether the server makes GIFs, answer: {id, error} | null to the last order of one}. */
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
  constructor(parent) {
    parent.innerHTML = SKELETON;
    const find = (name) => parent.querySelector(`.lp-paths-${name}`);
    [this.status, this.hint, this.lengths] = [find("status"), find("hint"), find("lengths")];
    [this.progress, this.filmElement] = [find("progress"), find("film")];
    this.buttons = Object.fromEntries([...parent.querySelectorAll("[data-do]")].map((each) => [each.dataset.do, each]));
    this.kinds = find("kinds");
    this.closed = parent.querySelector("[name=closed]");
    this.payload = null;
    this.pins = [];
    this.undo = null; // {before, after}: the pins before and after some were taken away
    this.tool = null;
    this.drawing = false; // whether the tool is one that was asked for here
    this.list = createPins(find("pins"), {
      go: (i) => this.go(this.pins[i].place),
      rename: (i, name) => this.rename(i, name),
      move: (from, to) => this.move(from, to),
      remove: (i) => this.remove(i),
    });
    this.film = new Film(this.filmElement, (place) => this.go(place));
    this.route = createRoute((route) => this.showRoute(route));
    this.listen();
  }

  listen() {
    const { keep, clear, undo, draw } = this.buttons;
    keep.addEventListener("click", () => this.keep());
    clear.addEventListener("click", () => this.takeAway([], `Removed ${this.pins.length} pins.`));
    undo.addEventListener("click", () => this.takeBack());
    draw.addEventListener("click", () => this.draw());
    this.kinds.addEventListener("change", ({ target }) => this.choose({ kind: target.value }));
    this.closed.addEventListener("change", () => this.choose({ closed: this.closed.checked }));
  }

  connect(channel) {
    this.channel = channel;
    this.settings = settingsOf(channel);
    this.film.begin(this.settings);
    this.showChoice();
    this.showPins([]);
  }

  go(place) {
    this.channel.signal("go", { place });
  }

  say(text) {
    this.status.textContent = text;
  }

  showPayload(payload) {
    this.payload = payload;
    this.showPins(this.pins);
  }

  // Pins

  showPins(pins) {
    this.pins = pins;
    this.list.show(pins, this.payload);
    const { keep, clear, undo } = this.buttons;
    keep.disabled = !this.payload || pins.length >= MAX_PINS;
    keep.title = pins.length >= MAX_PINS ? `There are ${MAX_PINS} pins, which is the most` : "";
    clear.hidden = !pins.length;
    undo.hidden = this.undo?.after !== pins;
    this.follow();
  }

  keep() {
    const shown = this.channel.last("shown");
    if (!shown) return;
    const rounded = shown.place.map((value) => Number(value.toFixed(4))); // as an address holds it
    const last = this.pins.at(-1);
    if (last && last.place.every((value, axis) => Math.abs(value - rounded[axis]) < 1e-4)) {
      return this.say(`This place is kept already, as ${last.name}.`);
    }
    this.channel.send("pins", withPin(this.pins, rounded));
    this.say(`Kept as ${this.pins.at(-1).name}.`);
  }

  rename(i, name) {
    const others = this.pins.filter((_, j) => j !== i);
    const { place } = this.pins[i];
    const renamed = { place, name: name ?? withPin(others, place).at(-1).name };
    this.channel.send("pins", this.pins.with(i, renamed));
  }

  move(from, to) {
    const pins = this.pins.toSpliced(from, 1).toSpliced(to, 0, this.pins[from]);
    this.channel.send("pins", pins);
    this.list.focus(to, to < from ? "up" : "down");
    this.say(`${pins[to].name} is number ${to + 1} of ${pins.length}.`);
  }

  remove(i) {
    this.takeAway(this.pins.toSpliced(i, 1), `Removed ${this.pins[i].name}.`);
    if (this.pins.length) this.list.focus(Math.min(i, this.pins.length - 1), "remove");
  }

  takeAway(after, text) {
    this.undo = { before: this.pins, after };
    this.channel.send("pins", after);
    if (!after.length) this.buttons.undo.focus(); // what had the focus is gone
    this.say(text);
  }

  takeBack() {
    const { before } = this.undo;
    this.undo = null;
    this.channel.send("pins", before);
    this.buttons.keep.focus();
    this.say("");
  }

  // Paths

  choose(changes) {
    Object.assign(this.settings, changes);
    this.showChoice();
    this.follow();
  }

  showChoice() {
    const { kind, closed } = this.settings;
    for (const radio of this.kinds.querySelectorAll("input")) radio.checked = radio.value === kind;
    this.closed.checked = closed;
  }

  /** The pen for a path by hand, or putting it away again. */
  draw() {
    this.drawing = this.tool !== "path";
    this.channel.send("tool", this.drawing ? "path" : "move");
  }

  showTool(tool) {
    this.tool = tool;
    const drawing = tool === "path";
    this.buttons.draw.setAttribute("aria-pressed", String(drawing));
    if (drawing) this.say(DRAW_HINT);
    else if (this.status.textContent === DRAW_HINT) this.say("");
  }

  takeStroke(stroke) {
    const places = stroke.map((place) => place.map((value) => Math.min(PLACE_LIMIT, Math.max(-PLACE_LIMIT, value))));
    const spans = [0, 1].map((axis) => places.map((place) => place[axis]));
    const extent = Math.hypot(...spans.map((values) => Math.max(...values) - Math.min(...values)));
    if (this.drawing) this.channel.send("tool", "move");
    this.drawing = false;
    this.choose({ kind: "drawn", stroke: simplified(places, FINENESS * extent) });
  }

  /** Follow the path that is chosen, through the pins that there are. */
  follow() {
    const { kind, closed, stroke } = this.settings;
    const places = kind === "drawn" ? (stroke ?? []) : this.pins.map(({ place }) => place);
    const enough = places.length > 1;
    this.hint.textContent = enough ? "" : this.hintFor(kind);
    this.filmElement.hidden = !enough;
    this.route.follow(enough && this.payload ? { kind, places, closed, payload: this.payload } : null);
  }

  hintFor(kind) {
    return kind === "drawn" ? "Press “Draw a path”, then draw on the plane." : HINTS[Math.min(1, this.pins.length)];
  }

  showRoute(route) {
    const places = route?.places ?? null;
    if (places !== this.drawnPlaces) {
      this.drawnPlaces = places;
      this.channel.send("path", route && { kind: route.kind, places });
    }
    this.film.show(route);
    this.lengths.replaceChildren(...describeLengths(route?.lengths ?? {}).map(inSpan));
    const progress = route?.progress ?? null;
    this.progress.hidden = progress === null;
    this.progress.querySelector("progress").value = progress ?? 0;
    this.progress.querySelector("span").textContent = progress === null ? "" : SEARCH;
  }

  play() {
    if (!this.film.toggle()) this.say(this.hintFor(this.settings.kind));
  }

  destroy() {
    this.route.destroy();
    this.film.destroy();
  }
}

function inSpan(text) {
  return Object.assign(document.createElement("span"), { textContent: text });
}
