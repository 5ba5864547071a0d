// Follows the view: repaints backdrop and overlay, counts the points, and stores the view in the settings.

import { createBackdrop } from "./backdrop.js";
import { createColourScale } from "./colour-scale.js";
import { createPointCount } from "./point-count.js";

/** @import { Plane } from "../plane.js" */

export class Viewport {
  /**
   * @param {Plane} plane
   * @param {{backdrop: HTMLCanvasElement, scale: HTMLElement, count: HTMLElement}} elements
   */
  constructor(plane, { backdrop, scale, count }) {
    this.plane = plane;
    this.backdrop = createBackdrop(backdrop, plane.scatter.axes, createColourScale(scale));
    this.count = createPointCount(count, (view) => plane.send("view", view));
  }

  /** The view is moving. */
  follow() {
    this.backdrop.follow();
    this.plane.overlay.draw();
    this.countPoints();
  }

  /** The view has come to rest. */
  rest() {
    this.paintBackdrop();
    this.plane.settings.note({ zoom: this.plane.scatter.heldView() });
    this.countPoints();
  }

  /** Other classes are shown. */
  filter() {
    const { settings, scatter, overlay } = this.plane;
    if (settings.options.backdrop === "classes") this.paintBackdrop();
    overlay.draw();
    settings.note({ hide: [...scatter.hiddenLabels] });
  }

  paintBackdrop() {
    const { payload, theme, tools, settings, scatter, root } = this.plane;
    if (!payload || !theme || !scatter.axes.frame()) return;
    const name = tools ? settings.options.backdrop : "none";
    root.dataset.backdrop = name;
    this.backdrop.show({ name, payload, theme, hidden: scatter.hiddenLabels });
  }

  countPoints() {
    const { payload, scatter } = this.plane;
    if (payload) this.count.follow(payload.points, scatter.heldView());
  }

  stop() {
    this.count.stop();
  }
}
