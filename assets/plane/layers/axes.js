// Coordinates of a Plotly graph: places of the plane, pixels of the graph, pointer events.

/** @import { Frame, Place, Ranges } from "../types.js" */

export class Axes {
  /** @param {any} graph the element that Plotly draws into; its fields are Plotly's */
  constructor(graph) {
    this.graph = graph;
  }

  /** Plotly's computed layout; undefined before the first drawing. */
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

  /**
   * The place at a pointer event; null outside the axes.
   * @param {MouseEvent} event
   * @returns {?Place}
   */
  placeAt(event) {
    const frame = this.frame();
    if (!frame) return null;
    const [px, py] = this.offsetOf(event);
    const inside = px >= 0 && py >= 0 && px <= frame.width && py <= frame.height;
    return inside ? this.placeOf([px, py]) : null;
  }

  /**
   * The place at a pointer event; outside the axes, the nearest one in view.
   * @param {MouseEvent} event
   * @returns {Place}
   */
  placeTowards(event) {
    const { xaxis: { _length: width }, yaxis: { _length: height } } = this.layout;
    const [px, py] = this.offsetOf(event);
    return this.placeOf([Math.min(width, Math.max(0, px)), Math.min(height, Math.max(0, py))]);
  }

  /**
   * The place at px from the upper left corner of the axes.
   * @param {number[]} offset
   * @returns {Place}
   */
  placeOf([px, py]) {
    const { xaxis, yaxis } = this.layout;
    return [xaxis.p2d(px), yaxis.p2d(py)];
  }

  /**
   * Px of a pointer event from the upper left corner of the axes.
   * @param {MouseEvent} event
   */
  offsetOf({ clientX, clientY }) {
    const { xaxis, yaxis } = this.layout;
    const box = this.graph.getBoundingClientRect();
    return [clientX - box.left - xaxis._offset, clientY - box.top - yaxis._offset];
  }

  /**
   * Px of a place from the graph's corner, in view or not; not before it is drawn.
   * @param {Place} place
   * @returns {[number, number]}
   */
  pixelOf([u, v]) {
    const { xaxis, yaxis } = this.layout;
    return [xaxis.d2p(u) + xaxis._offset, yaxis.d2p(v) + yaxis._offset];
  }

  /**
   * Px of a place from the graph's corner; null out of view, and before it is drawn.
   * @param {Place} place
   */
  positionOf(place) {
    const frame = this.frame();
    if (!frame) return null;
    const [x, y] = this.pixelOf(place);
    const [px, py] = [x - frame.left, y - frame.top];
    return px < 0 || py < 0 || px > frame.width || py > frame.height ? null : [x, y];
  }

  /** Px per unit of the plane, the same along both axes. */
  scale() {
    const { xaxis } = this.layout;
    return xaxis._length / (xaxis.range[1] - xaxis.range[0]);
  }
}
