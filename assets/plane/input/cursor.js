// The place that the plane shows: under the pointer, moved by keys, or pinned.

import { Pin } from "../store/pin.js";

/**
 * @import { Place } from "../types.js"
 * @import { Scatter } from "../layers/scatter.js"
 */

const HIT_RADIUS = 6; // px within which the pointer is on a point

export class Cursor {
  /**
   * @param {Scatter} scatter
   * @param {() => void} changed called when the place may be another
   */
  constructor(scatter, changed) {
    this.scatter = scatter;
    this.changed = changed;
    this.pin = new Pin();
    this.limit = Infinity; // of |u| and |v|
    /** @type {?Place} */
    this.moving = null; // the place under the pointer or moved by keys; null: the pin is shown
    this.keyed = false; // whether keys or a panel moved it: it then needs a mark
    this.hovered = -1; // index of the point under the pointer
    /** @type {?PointerEvent} */
    this.pointer = null; // the pointer's last event
  }

  /** @returns {Place} */
  get place() {
    return this.moving ?? this.pin.place ?? [0, 0];
  }

  get isPinned() {
    return !this.moving && this.pin.place !== null;
  }

  /** @returns {?Place} where to draw a mark; null: the pointer marks the place itself */
  get mark() {
    return this.keyed ? this.moving : null;
  }

  /**
   * @param {Place} place
   * @returns {Place} within the limit
   */
  clamped(place) {
    return place.map((value) => Math.min(this.limit, Math.max(-this.limit, value)));
  }

  /**
   * Follow the pointer.
   * @param {PointerEvent} event
   */
  point(event) {
    const place = this.scatter.axes.placeAt(event);
    if (!place) return this.leave();
    this.moving = this.clamped(place);
    this.keyed = false;
    this.pointer = event;
    this.hovered = this.scatter.pointNear(place, HIT_RADIUS);
    this.changed();
  }

  /** Return to the pin. */
  leave() {
    this.rest();
    this.changed();
  }

  rest() {
    this.moving = null;
    this.hovered = -1;
  }

  /** @param {Place} place */
  move(place) {
    this.moving = this.clamped(place);
    this.keyed = true;
    this.hovered = -1;
    this.changed();
  }

  /**
   * Pin a place; returns what to tell the server, see `Pin.choose`.
   * @param {Place} place
   */
  choose(place) {
    this.rest();
    return this.pin.choose(this.clamped(place).map((value) => Number(value.toFixed(4))));
  }

  /**
   * The place that a click chooses: that of the point it hits, if any; null outside the axes.
   * @param {PointerEvent} event
   */
  targetOf(event) {
    const place = this.scatter.axes.placeAt(event);
    if (!place) return null;
    const index = this.scatter.pointNear(place, HIT_RADIUS);
    return index < 0 ? place : this.scatter.placeOfPoint(index);
  }
}
