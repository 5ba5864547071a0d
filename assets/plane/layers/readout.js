// The live decoder: decodes the place shown, sends it to the panels, and describes it.

import { formatZ } from "../format/numbers.js";
import { nearestPoint } from "../math/geometry.js";
import { imageOf } from "../math/positions.js";
import { createHoverCard } from "./hover-card.js";

/**
 * @import { Channel, SeenPayload } from "../types.js"
 * @import { Cursor } from "../input/cursor.js"
 * @import { Overlay } from "./overlay.js"
 * @import { Scatter } from "./scatter.js"
 */

export class Readout {
  /**
   * @param {HTMLElement} root the plane
   * @param {HTMLElement} card
   * @param {{scatter: Scatter, cursor: Cursor, overlay: Overlay, presenter: any, notices: any}} parts of the plane
   */
  constructor(root, card, { scatter, cursor, overlay, presenter, notices }) {
    this.root = root;
    this.card = createHoverCard(card);
    this.scatter = scatter;
    this.cursor = cursor;
    this.overlay = overlay;
    this.presenter = presenter;
    this.notices = notices;
    /** @type {?SeenPayload} */
    this.payload = null;
    /** @type {?Channel} */
    this.channel = null;
    this.frame = 0; // requested
  }

  showSoon() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.show());
  }

  /** At most once a frame while the pointer moves. */
  show() {
    this.cancel();
    const { payload, cursor: { place, isPinned, hovered, pointer } } = this;
    if (!payload) return;
    const z = payload.toLatent(place);
    const started = performance.now();
    const pixels = payload.decodeLatent(z).slice(); // a listener's decoding would overwrite the array
    const milliseconds = performance.now() - started;
    const shown = { place, z, pixels, pinned: isPinned, hovered, payload };
    this.channel.send("shown", shown);
    this.root.dispatchEvent(new CustomEvent("latentplane:decoded", { bubbles: true, detail: { z: place, milliseconds } }));
    if (this.presenter.presenting) this.presenter.show(shown, `nearest digit ${this.nearestLabel()}`);
    if (hovered >= 0) this.card.show(payload, imageOf(this.scatter.points, hovered), pointer, this.root);
    else this.card.hide();
    this.overlay.draw();
  }

  /** Draw the overlay in the next frame; `show`, if it is due, does so anyway. */
  drawOverlaySoon() {
    if (!this.frame) this.overlay.drawSoon();
  }

  announce() {
    const z = formatZ(this.payload.toLatent(this.cursor.place));
    this.notices.announce(`z = ${z}, nearest digit ${this.nearestLabel()}`);
  }

  nearestLabel() {
    return this.payload.labels[nearestPoint(this.payload, this.cursor.place, Infinity)];
  }

  cancel() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }
}
