// The live decoder: decodes the place shown, sends it to the panels, and describes it.

import { classOf } from "../format/names.js";
import { formatZ } from "../format/numbers.js";
import { nearestPoint } from "../math/geometry.js";
import { imageOf } from "../math/positions.js";
import { createHoverCard } from "./hover-card.js";

/**
 * @import { SeenPayload } from "../types.js"
 * @import { Plane } from "../plane.js"
 */

export class Readout {
  /**
   * @param {Plane} plane
   * @param {HTMLElement} card
   */
  constructor(plane, card) {
    this.plane = plane;
    this.card = createHoverCard(card);
    this.frame = 0; // requested
  }

  showSoon() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.show());
  }

  /** At most once a frame while the pointer moves. */
  show() {
    this.cancel();
    const { payload, channel, root, scatter, overlay, presenter, cursor: { place, isPinned, hovered, pointer } } = this.plane;
    if (!payload) return;
    const z = payload.toLatent(place);
    const started = performance.now();
    const pixels = payload.decodeLatent(z).slice(); // a listener's decoding would overwrite the array
    const milliseconds = performance.now() - started;
    const shown = { place, z, pixels, pinned: isPinned, hovered, payload };
    channel.send("shown", shown);
    root.dispatchEvent(new CustomEvent("latentplane:decoded", { bubbles: true, detail: { z: place, milliseconds } }));
    if (presenter.presenting) presenter.show(shown, `nearest digit ${this.nearestLabel(payload)}`);
    if (hovered >= 0 && pointer) this.card.show(payload, imageOf(scatter.points, hovered), pointer, root);
    else this.card.hide();
    overlay.draw();
  }

  /** Draw the overlay in the next frame; `show`, if it is due, does so anyway. */
  drawOverlaySoon() {
    if (!this.frame) this.plane.overlay.drawSoon();
  }

  announce() {
    const { payload, cursor, notices } = this.plane;
    if (!payload) return;
    const z = formatZ(payload.toLatent(cursor.place));
    notices.announce(`z = ${z}, nearest digit ${this.nearestLabel(payload)}`);
  }

  /** @param {SeenPayload} payload */
  nearestLabel(payload) {
    return classOf(payload, nearestPoint(payload, this.plane.cursor.place, Infinity)).name;
  }

  cancel() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }
}
