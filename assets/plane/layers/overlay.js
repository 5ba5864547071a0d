// Everything over the points: the ink canvas, and the marks of pin, cursor and classes.

import { createInk } from "./ink.js";
import { createMarkers } from "./markers.js";

/**
 * @import { Drawn, Theme } from "../types.js"
 * @import { Cursor } from "../input/cursor.js"
 * @import { Scatter } from "./scatter.js"
 */

export class Overlay {
  /**
   * @param {HTMLElement} root the plane
   * @param {HTMLCanvasElement} canvas
   * @param {Scatter} scatter
   * @param {Cursor} cursor
   */
  constructor(root, canvas, scatter, cursor) {
    this.cursor = cursor;
    this.showMarkers = createMarkers(root, scatter);
    this.showInk = createInk(canvas, scatter.axes);
    /** @type {Drawn} */
    this.drawn = { pins: [], hovered: -1 };
    /** @type {?Theme} */
    this.theme = null;
    this.frame = 0; // requested
  }

  /** @param {Partial<Drawn>} changes what to draw from now on, by topic */
  set(changes) {
    this.drawn = { ...this.drawn, ...changes };
  }

  drawSoon() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.cancel();
    const { pin, mark, hovered } = this.cursor;
    this.showMarkers(pin.place, mark);
    if (this.theme) this.showInk({ ...this.drawn, hovered }, this.theme);
  }

  cancel() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }
}
