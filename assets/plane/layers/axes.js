// Coordinates of a Plotly graph: places of the plane, pixels of the graph, pointer events.

/** @import { Frame, Place, Ranges } from "../types.js" */

export class Axes {
  /** @param {any} graph the element that Plotly draws into */
  constructor(graph) {
    this.graph = graph;
  }

  /** Plotly's axes; undefined before the first drawing. */
  get layout() {
    return this.graph._fullLayout;
  }

  /** @returns {?Frame} the rectangle between the axes, in px from the graph's corner; null before it is drawn */
  frame() {
    const { xaxis, yaxis } = this.layout ?? {};
    return xaxis ? { left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length } : null;
  }

  /** @returns {Ranges} the part of the plane in view */
  view() {
    const { xaxis, yaxis } = this.layout;
    return [[...xaxis.range], [...yaxis.range]];
  }

  /** @returns {?Place} the place at a pointer event; null outside the axes */
  placeAt(event) {
    const frame = this.frame();
    if (!frame) return null;
    const [px, py] = this.offsetOf(event);
    const inside = px >= 0 && py >= 0 && px <= frame.width && py <= frame.height;
    return inside ? this.placeOf([px, py]) : null;
  }

  /** The place at a pointer event; outside the axes, the nearest one in view. */
  placeTowards(event) {
    const { width, height } = this.frame();
    const [px, py] = this.offsetOf(event);
    return this.placeOf([Math.min(width, Math.max(0, px)), Math.min(height, Math.max(0, py))]);
  }

  /** The place at px from the upper left corner of the axes. */
  placeOf([px, py]) {
    const { xaxis, yaxis } = this.layout;
    return [xaxis.p2d(px), yaxis.p2d(py)];
  }

  /** Px of a pointer event from the upper left corner of the axes. */
  offsetOf({ clientX, clientY }) {
    const { left, top } = this.frame();
    const box = this.graph.getBoundingClientRect();
    return [clientX - box.left - left, clientY - box.top - top];
  }

  /** Px of a place from the graph's corner, in view or not; null before it is drawn. */
  pixelOf([u, v]) {
    const { xaxis, yaxis } = this.layout ?? {};
    return xaxis ? [xaxis.d2p(u) + xaxis._offset, yaxis.d2p(v) + yaxis._offset] : null;
  }

  /** Px of a place from the graph's corner; null out of view. */
  positionOf(place) {
    const pixel = this.pixelOf(place);
    if (!pixel) return null;
    const { left, top, width, height } = this.frame();
    const [px, py] = [pixel[0] - left, pixel[1] - top];
    return px < 0 || py < 0 || px > width || py > height ? null : pixel;
  }

  /** Px a unit of the plane, the same along both axes. */
  scale() {
    const { xaxis } = this.layout;
    return xaxis._length / (xaxis.range[1] - xaxis.range[0]);
  }
}
