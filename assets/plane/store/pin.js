// The pinned place, synchronised with the server. Answers that are older than the newest choice are ignored.

/** @import { Place } from "../types.js" */

export class Pin {
  constructor() {
    /** @type {?Place} */
    this.place = null;
    /** @type {?number} */
    this.awaited = null; // id of the newest choice, until the server has answered it
  }

  /**
   * Take over the server's place.
   * @param {?Place} place
   * @param {?number} answered id of the newest choice that the server knew
   * @returns {boolean} whether it changed
   */
  receive(place, answered) {
    if (this.awaited !== null && answered !== this.awaited) return false;
    this.awaited = null;
    if (isSamePlace(place, this.place)) return false;
    this.place = place;
    return true;
  }

  /**
   * @param {Place} place
   * @returns {?{z: Place, id: number}} what to tell the server; null: nothing has changed
   */
  choose(place) {
    if (isSamePlace(place, this.place)) return null;
    this.place = place;
    this.awaited = newId();
    return { z: place, id: this.awaited };
  }
}

let lastId = 0;

/** An id above all others, including those of earlier pages in this window. */
function newId() {
  lastId = Math.max(Date.now(), lastId + 1);
  return lastId;
}

/**
 * @param {?Place} a
 * @param {?Place} b
 */
function isSamePlace(a, b) {
  return a === b || (a !== null && b !== null && a[0] === b[0] && a[1] === b[1]);
}
