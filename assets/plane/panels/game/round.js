// A round of "find the digit": the target, the guesses, and their scores.

import { distance } from "../../math/distance.js";

/** @import { Place } from "../../types.js" */

/**
 * @typedef {{place: Place, pixels: Float32Array, distance: number, score: number, seconds: number}} Guess
 */
export class Round {
  /**
   * @param {Float32Array} target (D) in [0, 1]
   * @param {number} least ‖x − x′‖₂ of the closest picture known on the plane
   */
  constructor(target, least) {
    this.target = target;
    this.least = least;
    this.blank = distance(new Float32Array(target.length), target);
    /** @type {Guess[]} */
    this.guesses = [];
  }

  /**
   * ‖x − x′‖₂ of a picture and the target.
   * @param {ArrayLike<number>} pixels
   */
  distance(pixels) {
    return distance(pixels, this.target);
  }

  /**
   * 100 for the closest picture of the plane, 0 for one no closer than a black picture, linear between.
   * @param {ArrayLike<number>} pixels
   */
  score(pixels) {
    const part = (this.blank - this.distance(pixels)) / Math.max(1e-9, this.blank - this.least);
    return Math.round(100 * Math.min(1, Math.max(0, part)));
  }

  /**
   * @param {Place} place
   * @param {Float32Array} pixels
   * @param {number} seconds since the round began
   * @returns {{score: number, gain: ?number}} gain: over the best guess so far; null: it is the first
   */
  guess(place, pixels, seconds) {
    this.least = Math.min(this.least, this.distance(pixels)); // a player may beat the search
    const score = this.score(pixels);
    const gain = this.best ? score - this.best.score : null;
    this.guesses.push({ place, pixels, score, distance: this.distance(pixels), seconds });
    return { score, gain };
  }

  /** @returns {?Guess} the closest one */
  get best() {
    const closer = (/** @type {?Guess} */ best, /** @type {Guess} */ guess) =>
      (best && best.distance <= guess.distance ? best : guess);
    return this.guesses.reduce(closer, null);
  }
}
