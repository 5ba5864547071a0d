// Find the digit: a picture is given, and the place is sought whose decoded picture comes closest to it.

import { paint } from "../../layers/paint.js";
import { gridPlaces } from "../../math/manifold.js";
import { formatNumber } from "../../format/numbers.js";
import { Round } from "./round.js";
import { searching } from "../../math/search.js";
import { SPLITS } from "../../format/names.js";
import { createDock } from "./dock.js";
import { SKELETON } from "./skeleton.js";
import { drawing, realDigit } from "./targets.js";
import { ofGuess, ofReveal, ofTally } from "./words.js";
import { panel } from "../panel.js";
import { inSlices } from "../slices.js";

const CELLS = 24; // of the grid in each direction, from which the closest picture is sought
const FOUND = 97; // score of a guess that ends the round
const REST = 700; // ms at one place until its closeness is said to those who hear the page
let record = null; // best score of this visit

/** A message: {channel}. Hears `shown`, of which a new pin is a guess; sends `target` when the place is revealed. */
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
  constructor(parent) {
    parent.innerHTML = SKELETON;
    this.find = (selector) => parent.querySelector(selector);
    [this.root, this.scene, this.meter, this.score] = ["section", ".lp-scene", "meter", "b"].map(this.find);
    [this.tally, this.outcome, this.record] = [".lp-tally", ".lp-outcome", ".lp-record"].map(this.find);
    this.spoken = this.find(".lp-spoken");
    [this.begin, this.reveal] = ["begin", "reveal"].map((name) => this.find(`[data-action=${name}]`));
    this.dock = createDock(this.find(".lp-round"));
    this.figures = [...parent.querySelectorAll("figure")];
    this.payload = null;
    this.shown = null;
    this.round = null; // whose pictures are shown
    this.playing = false;
    this.turn = 0; // a newer round ends the preparing of an older one
    this.stopSearch = () => {};
    this.begin.addEventListener("click", () => this.prepare());
    this.reveal.addEventListener("click", () => this.showAnswer());
    this.find("[data-action=close]").addEventListener("click", () => this.close());
    this.showRecord();
  }

  /** The plane shows this now; a round on another plane is over. */
  receive(payload) {
    const before = this.payload;
    this.payload = payload;
    if (!before || nameOf(before) === nameOf(payload)) return;
    const wasPlaying = this.playing || this.begin.disabled;
    this.reset();
    this.say(wasPlaying ? "The plane has changed, and the round with it. Begin a new one." : "");
  }

  // A round

  async prepare() {
    if (!this.payload) return this.say("The plane is still on its way. Try again in a moment.");
    this.reset();
    const { payload, turn } = this;
    this.begin.disabled = true;
    this.dock.watch(true);
    this.say("Choosing a picture…");
    let target = null;
    try {
      target = this.find("select").value === "digit" ? await realDigit(payload) : drawing(payload);
    } catch {
      if (turn !== this.turn) return;
      this.end();
      return this.say("The digits' pictures did not come. Reload the page to try again.");
    }
    if (turn !== this.turn) return;
    const { places, step } = starts(payload, target.place);
    const search = searching(payload.decode, places, target.pixels, step);
    this.stopSearch = inSlices(search, (closest) => this.play(target, closest));
  }

  play(target, closest) {
    this.begin.disabled = false;
    [this.target, this.closest, this.playing] = [target, closest, true];
    this.round = new Round(target.pixels, closest.distance);
    this.started = performance.now();
    this.pinned = this.shown?.pinned ? this.shown.place : null; // it was there before
    this.paintFigure(0, target.pixels);
    for (const figure of this.figures.slice(2)) figure.hidden = true;
    this.scene.hidden = this.reveal.hidden = false;
    this.say("Find it.");
    this.timer = setInterval(() => this.count(), 1000);
    this.count();
    if (this.shown) this.look(this.shown);
  }

  /** Where the player looks; a pin that is new is a guess. */
  look(shown) {
    this.shown = shown;
    if (!this.round) return;
    const score = this.round.score(shown.pixels);
    this.paintFigure(1, shown.pixels);
    this.meter.value = score;
    this.score.textContent = score;
    if (this.playing) this.sayLater(score);
    if (!this.playing || !shown.pinned || isSame(shown.place, this.pinned) || !this.root.checkVisibility()) return;
    this.pinned = shown.place;
    const guess = this.round.guess(shown.place, shown.pixels, this.seconds());
    this.say(ofGuess(guess, this.round.guesses.length));
    this.count();
    if (guess.score >= FOUND) this.showAnswer();
  }

  count() {
    this.tally.textContent = ofTally(this.round, this.seconds());
  }

  showAnswer() {
    if (!this.playing) return;
    const { round, target, payload, reveal } = this;
    const hadFocus = document.activeElement === reveal;
    const named = `${SPLITS[payload.split]} image ${target.index}, a ${payload.labels[target.index]}`;
    const { best } = round;
    const closest = best && best.distance < this.closest.distance ? best : this.closest;
    this.end();
    if (best) {
      record = Math.max(record ?? 0, best.score);
      this.showRecord();
      this.paintFigure(2, best.pixels, `your best: ${formatNumber(best.distance, 1)}`);
    }
    this.paintFigure(3, payload.decode(closest.place), `closest: ${formatNumber(round.least, 1)}`);
    this.say(ofReveal(round, target, closest, payload.toLatent, named));
    this.channel.send("target", { place: target.place });
    if (hadFocus) this.begin.focus();
  }

  /** End what is under way, and forget what was revealed. */
  end() {
    this.turn += 1;
    this.stopSearch();
    clearInterval(this.timer);
    clearTimeout(this.resting);
    this.playing = false;
    this.reveal.hidden = true;
    this.begin.disabled = false;
    if (this.channel?.last("target")) this.channel.send("target", null);
  }

  /** End it, and put its pictures away. */
  reset() {
    this.end();
    this.round = null;
    this.scene.hidden = true;
    this.say("");
  }

  /** And let go of the corner where it may be. */
  close() {
    this.reset();
    this.dock.watch(false);
  }

  // What is said

  seconds() {
    return (performance.now() - this.started) / 1000;
  }

  paintFigure(i, pixels, caption) {
    const [canvas, figcaption] = this.figures[i].children;
    paint(canvas, pixels, this.payload.imageShape);
    this.figures[i].hidden = false;
    if (caption) figcaption.textContent = caption;
  }

  showRecord() {
    this.record.textContent = record === null ? "" : `Best of this visit: ${record}`;
  }

  /** For those who play by keys and hear the page. */
  sayLater(score) {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => (this.spoken.textContent = `Closeness here: ${score} of 100`), REST);
  }

  say(text) {
    this.outcome.textContent = text;
  }
}

/** Places spread over where the points are, and one that is known to be good. */
function starts({ x, y }, place) {
  const ranges = [x, y].map(rangeOf);
  const step = Math.max(...ranges.map(([low, high]) => high - low)) / CELLS / 2;
  return { places: [...gridPlaces(ranges, CELLS, CELLS), place], step };
}

function rangeOf(values) {
  return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}

/** Tells planes apart; the same plane may come again in another theme. */
function nameOf({ key, chart }) {
  return JSON.stringify([key, chart]);
}

function isSame(a, b) {
  return Boolean(b) && a.every((value, axis) => value === b[axis]);
}
