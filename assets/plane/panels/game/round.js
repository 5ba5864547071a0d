// A round of "find the digit": a target picture, the guesses made, and what they are worth.

import { distance } from "../../math/distance.js";

/**
 * @typedef {{place: number[], pixels: Float32Array, distance: number, score: number, seconds: number}} Guess
 */
export class Round {
  /**
   * @param {Float32Array} target (D) in [0, 1]
   * @param {number} least ‖x − x′‖₂ of the closest picture that the plane is known to hold
   */
  constructor(target, least) {
    this.target = target;
    this.least = least;
    this.blank = distance(new Float32Array(target.length), target);
    /** @type {Guess[]} */
    this.guesses = [];
  }

  /** ‖x − x′‖₂ of a picture and the target. */
  distance(pixels) {
    return distance(pixels, this.target);
  }

  /** 100 for the closest picture of the plane, 0 for one no closer than a black picture, in between in proportion. */
  score(pixels) {
    const part = (this.blank - this.distance(pixels)) / Math.max(1e-9, this.blank - this.least);
    return Math.round(100 * Math.min(1, Math.max(0, part)));
  }

  /**
   * @returns {{score: number, gain: number | null}} its score, and by how much it is better than the best one before it
   */
  guess(place, pixels, seconds) {
    this.least = Math.min(this.least, this.distance(pixels)); // the search may have missed what a player finds
    const score = this.score(pixels);
    const gain = this.best ? score - this.best.score : null;
    this.guesses.push({ place, pixels, score, distance: this.distance(pixels), seconds });
    return { score, gain };
  }

  /** The closest guess, or null. @returns {?Guess} */
  get best() {
    return this.guesses.reduce((best, guess) => (best && best.distance <= guess.distance ? best : guess), null);
  }
}
