// Film along a path: strip, player and their settings.

import { find } from "../../dom.js";
import { inSlices } from "../slices.js";
import { createExport } from "./export.js";
import { icon } from "./icons.js";
import { createPlayer, lastPosition, secondsPerFrame } from "./player.js";
import { defaultSettings } from "./settings.js";
import { createStrip, frameByKey } from "./strip.js";

/**
 * @import { Message, Place, SeenPayload } from "../../types.js"
 * @import { WholeFilm } from "./export.js"
 * @import { GifData } from "./gif-orders.js"
 * @import { Route } from "./route.js"
 * @import { PathSettings } from "./settings.js"
 */

const SPEEDS = [0.25, 0.5, 1, 2, 4].map((speed) => [speed, `${speed}×`]);
const LOOPS = Object.entries({ off: "Once", loop: "Loop", back: "There and back" });

const SKELETON = `
  <div class="lp-paths-room"></div>
  <div class="lp-paths-player">
    <button type="button" data-do="play" title="Play the film (P)"></button>
    <input type="range" name="position" min="0" step="any" aria-label="Position in the film">
    <output></output>
  </div>
  <div class="lp-paths-bar">
    <label>Speed <select name="speed">${options(SPEEDS)}</select></label>
    <label>Repeat <select name="loop">${options(LOOPS)}</select></label>
    <label>Frames <input type="range" name="n" min="8" max="60"><output></output></label>
    <span class="lp-paths-export"></span>
  </div>`;

/** @param {(string | number)[][]} choices [value, title] */
function options(choices) {
  return choices.map(([value, title]) => `<option value="${value}">${title}</option>`).join("");
}

export class Film {
  /**
   * @param {HTMLElement} element filled by this class
   * @param {(place: Place) => void} go shows a place on the plane
   */
  constructor(element, go) {
    element.innerHTML = SKELETON;
    this.position = find(element, "[name=position]", HTMLInputElement);
    this.positionText = find(element, "output");
    this.speed = find(element, "[name=speed]", HTMLSelectElement);
    this.loop = find(element, "[name=loop]", HTMLSelectElement);
    this.n = find(element, "[name=n]", HTMLInputElement);
    this.nText = find(element, "[name=n] + output");
    this.button = find(element, "[data-do=play]");
    this.go = go;
    this.settings = defaultSettings();
    /** @type {?Route} */
    this.route = null;
    /** @type {Float32Array[]} */
    this.frames = []; // decoded so far
    /** @type {?{track?: Route["track"], payload?: SeenPayload, n: number}} */
    this.developed = null; // what the frames belong to
    this.stop = () => {};
    this.strip = createStrip(find(element, ".lp-paths-room"), (frame) => this.seek(frame));
    this.player = createPlayer({
      position: (position) => this.present(position),
      playing: (playing) => this.showPlaying(playing),
    });
    this.export = createExport(find(element, ".lp-paths-export"), () => this.whole());
    this.showPlaying(false);
    this.listen();
  }

  listen() {
    this.button.addEventListener("click", () => this.toggle());
    this.position.addEventListener("input", () => this.seek(Number(this.position.value)));
    this.position.addEventListener("keydown", (event) => {
      const frame = frameByKey(event, Math.round(this.settings.position), lastPosition(this.film()) + 1);
      if (frame === null) return;
      event.preventDefault();
      this.seek(frame);
    });
    this.speed.addEventListener("change", () => this.set({ speed: Number(this.speed.value) }));
    this.loop.addEventListener("change", () => this.set({ loop: /** @type {PathSettings["loop"]} */ (this.loop.value) }));
    this.n.addEventListener("input", () => this.resize(Number(this.n.value)));
  }

  /**
   * Take over settings, which are changed in place.
   * @param {PathSettings} settings
   */
  begin(settings) {
    this.settings = settings;
    this.player.seek(settings.position);
    this.update();
  }

  /** @param {?Route} route */
  show(route) {
    this.route = route;
    this.update();
  }

  /** Play or pause; returns whether there is a film to play. */
  toggle() {
    if (!this.route) return false;
    if (this.player.playing) this.player.pause();
    else this.player.play();
    return true;
  }

  /** @param {Message<GifData>} message */
  serve(message) {
    this.export.serve(message);
  }

  destroy() {
    this.stop();
    this.player.pause();
    this.strip.destroy();
    this.export.destroy();
  }

  film() {
    const { n, loop, speed } = this.settings;
    return { n, loop, speed, closed: Boolean(this.route?.closed) };
  }

  /**
   * @param {Route} route
   * @param {number} position
   */
  placeAt(route, position) {
    return route.track.at(position / lastPosition(this.film()));
  }

  /** @param {Partial<PathSettings>} changes */
  set(changes) {
    Object.assign(this.settings, changes);
    this.update();
  }

  /**
   * Change the number of frames and keep the place.
   * @param {number} n
   */
  resize(n) {
    const fraction = this.settings.position / lastPosition(this.film());
    this.settings.n = n;
    const position = fraction * lastPosition(this.film());
    this.player.seek(position);
    this.set({ position });
  }

  update() {
    const { speed, loop, n, position } = this.settings;
    [this.speed.value, this.loop.value, this.n.value] = [String(speed), loop, String(n)];
    this.nText.textContent = String(n);
    this.player.setFilm(this.route && this.film());
    this.develop();
    if (!this.route) return;
    this.position.max = String(lastPosition(this.film()));
    this.showPosition(Math.min(position, lastPosition(this.film())));
  }

  /** Decode the frames, unless they are decoded already. */
  develop() {
    const { route, developed, settings: { n } } = this;
    const { track, payload } = route ?? {};
    if (developed?.track === track && developed?.payload === payload && developed?.n === n) return;
    this.stop();
    this.developed = { track, payload, n };
    this.frames = [];
    if (!route) return;
    this.strip.begin(n, route.payload.imageShape);
    this.stop = inSlices(this.developing(n, route), () => {});
  }

  /**
   * @param {number} n
   * @param {Route} route
   */
  *developing(n, route) {
    for (let i = 0; i < n; i++) {
      this.frames[i] = route.payload.decode(this.placeAt(route, i)).slice();
      this.strip.paint(i, this.frames[i]);
      yield;
    }
  }

  /** @param {number} position */
  seek(position) {
    this.player.seek(position);
    this.present(position);
  }

  /**
   * Show a position, here and on the plane.
   * @param {number} position
   */
  present(position) {
    this.showPosition(position);
    if (this.route) this.go(this.placeAt(this.route, position));
  }

  /** @param {number} position */
  showPosition(position) {
    const { n } = this.settings;
    this.settings.position = position;
    const frame = Math.round(position) % n;
    const text = `frame ${frame + 1} of ${n}`;
    this.strip.mark(frame);
    this.position.value = String(position);
    this.position.setAttribute("aria-valuetext", text);
    this.positionText.textContent = text;
  }

  /** @param {boolean} playing */
  showPlaying(playing) {
    this.button.innerHTML = `${icon(playing ? "pause" : "play")}<span>${playing ? "Pause" : "Play"}</span>`;
  }

  /** @returns {?WholeFilm} for export */
  whole() {
    const { frames, route, settings: { n, loop, speed } } = this;
    if (!route) return null;
    const { payload, closed } = route;
    const returns = closed && loop !== "loop"; // a loop begins there again by itself
    const places = Array.from({ length: returns ? n + 1 : n }, (_, i) => this.placeAt(route, i));
    return { frames, complete: frames.length === n, payload, places, seconds: secondsPerFrame(speed), loop };
  }
}
