// "Find the digit": a game in which the player looks for the place whose decoded picture is closest to a target.

import { find, findAll } from "../../dom.js";
import { classOf, SPLITS } from "../../format/names.js";
import { formatNumber } from "../../format/numbers.js";
import { paint } from "../../layers/paint.js";
import { gridPlaces } from "../../math/manifold.js";
import { searching } from "../../math/search.js";
import { panel } from "../panel.js";
import { inSlices } from "../slices.js";
import { createDock } from "./dock.js";
import { Round } from "./round.js";
import { SKELETON } from "./skeleton.js";
import { drawing, realDigit } from "./targets.js";
import { ofGuess, ofReveal, ofTally } from "./words.js";

/**
 * @import { Channel, Place, SeenPayload, Shown } from "../../types.js"
 * @import { Target } from "./targets.js"
 *
 * @typedef {{place: Place, distance: number}} Closest
 */

const CELLS = 24; // of the search's grid, in each direction
const FOUND = 97; // score that ends the round
const REST = 700; // ms at one place until screen readers hear its closeness
/** @type {?number} */
let record = null; // best score of this visit

/** A message's data: {channel}. A new pin in `shown` is a guess; sends `target` to reveal the place. */
export const mount = panel((parent) => {
  const game = new Game(parent);
  return {
    connect: (channel) => (game.channel = channel),
    listeners: {
      payload: (payload) => game.receive(payload),
      shown: (shown) => game.look(shown),
    },
    destroy: () => game.close(),
  };
});

class Game {
  /** @param {HTMLElement} parent filled by this class */
  constructor(parent) {
    parent.innerHTML = SKELETON;
    const named = (/** @type {string} */ name) => find(parent, name);
    this.root = named("section");
    this.choice = find(parent, "select", HTMLSelectElement);
    this.begin = find(parent, "[data-action=begin]", HTMLButtonElement);
    this.reveal = find(parent, "[data-action=reveal]", HTMLButtonElement);
    this.scene = named(".lp-scene");
    this.meter = find(parent, "meter", HTMLMeterElement);
    this.score = named("b");
    this.tally = named(".lp-tally");
    this.outcome = named(".lp-outcome");
    this.record = named(".lp-record");
    this.spoken = named(".lp-spoken");
    this.dock = createDock(named(".lp-round"), named(".lp-game > div"));
    this.figures = findAll(parent, "figure");
    /** @type {Channel | undefined} */
    this.channel = undefined;
    /** @type {?SeenPayload} */
    this.payload = null;
    /** @type {?Shown} */
    this.shown = null;
    /** @type {?{round: Round, target: Target, closest: Closest, started: number}} */
    this.game = null; // whose pictures are shown
    this.playing = false;
    /** @type {?Place} */
    this.pinned = null; // when the round began, or by the last guess
    this.turn = 0; // a newer round cancels the preparation of an older one
    this.stopSearch = () => {};
    this.counting = 0;
    this.resting = 0;
    this.begin.addEventListener("click", () => this.prepare());
    this.reveal.addEventListener("click", () => this.showAnswer());
    named("[data-action=close]").addEventListener("click", () => this.close());
    this.showRecord();
  }

  /**
   * Take over the plane's payload; a round on another plane is over.
   * @param {SeenPayload} payload
   */
  receive(payload) {
    const before = this.payload;
    this.payload = payload;
    if (!before || nameOf(before) === nameOf(payload)) return;
    const wasPlaying = this.playing || this.begin.disabled;
    this.reset();
    this.say(wasPlaying ? "The plane has changed, and the round with it. Begin a new one." : "");
  }

  async prepare() {
    if (!this.payload) return this.say("The plane is still on its way. Try again in a moment.");
    this.reset();
    const { payload, turn } = this;
    this.begin.disabled = true;
    this.dock.watch(true);
    this.say("Choosing a picture…");
    let target;
    try {
      target = this.choice.value === "digit" ? await realDigit(payload) : drawing(payload);
    } catch {
      if (turn !== this.turn) return;
      this.end();
      return this.say("The digits' pictures did not come. Reload the page to try again.");
    }
    if (turn !== this.turn) return;
    const { places, step } = starts(payload, target.place);
    const search = searching(payload.decode, places, target.pixels, step);
    const found = target;
    this.stopSearch = inSlices(search, (closest) => this.play(found, closest));
  }

  /**
   * @param {Target} target
   * @param {Closest} closest
   */
  play(target, closest) {
    this.begin.disabled = false;
    const round = new Round(target.pixels, closest.distance);
    this.game = { round, target, closest, started: performance.now() };
    this.playing = true;
    this.pinned = this.shown?.pinned ? this.shown.place : null; // an earlier pin is no guess
    this.paintFigure(0, target.pixels);
    for (const figure of this.figures.slice(2)) figure.hidden = true;
    this.scene.hidden = this.reveal.hidden = false;
    this.say("Find it.");
    this.counting = setInterval(() => this.count(), 1000);
    this.count();
    if (this.shown) this.look(this.shown);
  }

  /**
   * Score the place shown; a new pin is a guess.
   * @param {Shown} shown
   */
  look(shown) {
    this.shown = shown;
    if (!this.game) return;
    const { round } = this.game;
    const score = round.score(shown.pixels);
    this.paintFigure(1, shown.pixels);
    this.meter.value = score;
    this.score.textContent = String(score);
    if (this.playing) this.sayLater(score);
    if (!this.playing || !shown.pinned || isSame(shown.place, this.pinned) || !this.root.checkVisibility()) return;
    this.pinned = shown.place;
    const guess = round.guess(shown.place, shown.pixels, this.seconds());
    this.say(ofGuess(guess, round.guesses.length));
    this.count();
    if (guess.score >= FOUND) this.showAnswer();
  }

  count() {
    if (this.game) this.tally.textContent = ofTally(this.game.round, this.seconds());
  }

  showAnswer() {
    const { game, payload, reveal } = this;
    if (!this.playing || !game || !payload) return;
    const { round, target } = game;
    const hadFocus = document.activeElement === reveal;
    const { best } = round;
    const closest = best && best.distance < game.closest.distance ? best : game.closest;
    this.end();
    if (best) {
      record = Math.max(record ?? 0, best.score);
      this.showRecord();
      this.paintFigure(2, best.pixels, `your best: ${formatNumber(best.distance, 1)}`);
    }
    this.paintFigure(3, payload.decode(closest.place), `closest: ${formatNumber(round.least, 1)}`);
    const named = target.kind === "digit" ? `${SPLITS[payload.split]} image ${target.index}, a ${classOf(payload, target.index).name}` : "";
    this.say(ofReveal(round, target, closest, payload.toLatent, named));
    this.channel?.send("target", { place: target.place });
    if (hadFocus) this.begin.focus();
  }

  /** End the round or its preparation, and hide what was revealed. */
  end() {
    this.turn += 1;
    this.stopSearch();
    clearInterval(this.counting);
    clearTimeout(this.resting);
    this.playing = false;
    this.reveal.hidden = true;
    this.begin.disabled = false;
    if (this.channel?.last("target")) this.channel.send("target", null);
  }

  /** End the round and hide its pictures. */
  reset() {
    this.end();
    this.game = null;
    this.scene.hidden = true;
    this.say("");
  }

  /** End the round and undock. */
  close() {
    this.reset();
    this.dock.watch(false);
  }

  seconds() {
    return this.game ? (performance.now() - this.game.started) / 1000 : 0;
  }

  /**
   * @param {number} i
   * @param {ArrayLike<number>} pixels
   * @param {string} caption
   */
  paintFigure(i, pixels, caption = "") {
    if (!this.payload) return;
    paint(find(this.figures[i], "canvas", HTMLCanvasElement), pixels, this.payload.imageShape);
    this.figures[i].hidden = false;
    if (caption) find(this.figures[i], "figcaption").textContent = caption;
  }

  showRecord() {
    this.record.textContent = record === null ? "" : `Best of this visit: ${record}`;
  }

  /**
   * Announce the closeness to screen readers, once the place rests.
   * @param {number} score
   */
  sayLater(score) {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => (this.spoken.textContent = `Closeness here: ${score} of 100`), REST);
  }

  /** @param {string} text */
  say(text) {
    this.outcome.textContent = text;
  }
}

/**
 * Start of the search: a grid over the points, and a place that is known to be good; step: half a cell.
 * @param {{x: Float32Array, y: Float32Array}} points
 * @param {Place} place
 */
function starts({ x, y }, place) {
  const ranges = [x, y].map(rangeOf);
  const step = Math.max(...ranges.map(([low, high]) => high - low)) / CELLS / 2;
  return { places: [...gridPlaces(ranges, CELLS, CELLS), place], step };
}

/** @param {Float32Array} values */
function rangeOf(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return [low, high];
}

/**
 * Identifies a plane, which may be sent again in another theme.
 * @param {SeenPayload} payload
 */
function nameOf({ key, chart }) {
  return JSON.stringify([key, chart]);
}

/**
 * @param {Place} a
 * @param {?Place} b
 */
function isSame(a, b) {
  return b !== null && a.every((value, axis) => value === b[axis]);
}
