// The film along a path: its strip, its player, and what the reader can set.

import { createExport } from "./export.js";
import { createPlayer, lastPosition, secondsPerFrame } from "./player.js";
import { sign } from "./icons.js";
import { inSlices } from "../slices.js";
import { createStrip, frameByKey } from "./strip.js";

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

function options(choices) {
  return choices.map(([value, title]) => `<option value="${value}">${title}</option>`).join("");
}

/** The panel's part below the path; `settings` are those of `settings.js`, and are changed here. */
export class Film {
  /**
   * @param {HTMLElement} element filled by this class
   * @param {function(number[]): void} go called with the place [u, v] of the film that is to be shown
   */
  constructor(element, go) {
    element.innerHTML = SKELETON;
    const find = (name) => element.querySelector(`[name=${name}]`);
    [this.position, this.speed, this.loop, this.n] = ["position", "speed", "loop", "n"].map(find);
    this.button = element.querySelector("[data-do=play]");
    this.go = go;
    this.settings = null;
    this.route = null;
    this.frames = []; // pixels of those that are decoded
    this.developed = null; // {track, payload, n} that they belong to
    this.stop = () => {};
    this.strip = createStrip(element.querySelector(".lp-paths-room"), (frame) => this.seek(frame));
    this.player = createPlayer({
      position: (position) => this.present(position),
      playing: (playing) => this.showPlaying(playing),
    });
    this.export = createExport(element.querySelector(".lp-paths-export"), () => this.whole());
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
    this.loop.addEventListener("change", () => this.set({ loop: this.loop.value }));
    this.n.addEventListener("input", () => this.resize(Number(this.n.value)));
  }

  // What is to be shown

  /** The settings to start with. */
  begin(settings) {
    this.settings = settings;
    this.player.seek(settings.position);
    this.update();
  }

  /** The film along that route, or none. */
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

  serve(message) {
    this.export.serve(message);
  }

  destroy() {
    this.stop();
    this.player.pause();
    this.strip.destroy();
    this.export.destroy();
  }

  // How it is shown

  film() {
    const { n, loop, speed } = this.settings;
    return { n, loop, speed, closed: this.route.closed };
  }

  placeAt(position) {
    return this.route.track.at(position / lastPosition(this.film()));
  }

  set(changes) {
    Object.assign(this.settings, changes);
    this.update();
  }

  /** Another number of frames; the same place stays in sight. */
  resize(n) {
    const fraction = this.settings.position / lastPosition(this.film());
    this.settings.n = n;
    const position = fraction * lastPosition(this.film());
    this.player.seek(position);
    this.set({ position });
  }

  update() {
    const { speed, loop, n, position } = this.settings;
    [this.speed.value, this.loop.value, this.n.value] = [speed, loop, n];
    this.n.nextElementSibling.textContent = n;
    this.player.setFilm(this.route && this.film());
    this.develop();
    if (!this.route) return;
    this.position.max = lastPosition(this.film());
    this.showPosition(Math.min(position, lastPosition(this.film())));
  }

  /** Decode the frames, if they are not those that are decoded already. */
  develop() {
    const { track, payload } = this.route ?? {};
    const { n } = this.settings;
    const { developed } = this;
    if (developed?.track === track && developed?.payload === payload && developed?.n === n) return;
    this.stop();
    this.developed = { track, payload, n };
    this.frames = [];
    if (!track) return;
    this.strip.begin(n, payload.imageShape);
    this.stop = inSlices(this.developing(n, payload), () => {});
  }

  *developing(n, { decode }) {
    for (let i = 0; i < n; i++) {
      this.frames[i] = decode(this.placeAt(i)).slice();
      this.strip.paint(i, this.frames[i]);
      yield;
    }
  }

  seek(position) {
    this.player.seek(position);
    this.present(position);
  }

  /** Show a position of the film, here and on the plane. */
  present(position) {
    this.showPosition(position);
    this.go(this.placeAt(position));
  }

  showPosition(position) {
    const { n } = this.settings;
    this.settings.position = position;
    const frame = Math.round(position) % n;
    const text = `frame ${frame + 1} of ${n}`;
    this.strip.mark(frame);
    this.position.value = position;
    this.position.setAttribute("aria-valuetext", text);
    this.position.nextElementSibling.textContent = text;
  }

  showPlaying(playing) {
    this.button.innerHTML = `${sign(playing ? "pause" : "play")}<span>${playing ? "Pause" : "Play"}</span>`;
  }

  /** All of it, for export. */
  whole() {
    const { frames, settings: { n, loop, speed }, route: { payload, closed } } = this;
    const returns = closed && loop !== "loop"; // which begins there again by itself
    const places = Array.from({ length: returns ? n + 1 : n }, (_, i) => this.placeAt(i));
    return { frames, complete: frames.length === n, payload, places, seconds: secondsPerFrame(speed), loop };
  }
}
