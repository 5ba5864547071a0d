// Pinch: two fingers zoom and pan, and keep the places under them.

import { pinchedView } from "../math/view.js";

/**
 * @import { Ranges } from "../types.js"
 * @import { Scatter } from "../layers/scatter.js"
 */

/**
 * @param {HTMLElement} element
 * @param {Scatter} scatter
 * @param {() => void} begun called when the second finger touches
 * @returns {() => boolean} whether two fingers touch the plane
 */
export function watchPinches(element, scatter, begun) {
  const { axes } = scatter;
  /** @type {Map<number, PointerEvent>} */
  const fingers = new Map(); // by pointer id: the last event
  /** @type {?{view: Ranges, offsets: number[][]}} */
  let start = null; // when the second finger touched
  let frame = 0;

  const offsets = () => [...fingers.values()].map((event) => axes.offsetOf(event));
  const zoom = () => {
    frame = 0;
    const frameNow = axes.frame();
    if (start && frameNow) scatter.setView(pinchedView(start.view, frameNow, start.offsets, offsets()));
  };

  element.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch" || fingers.size === 2 || !axes.frame()) return;
    fingers.set(event.pointerId, event);
    if (fingers.size < 2) return;
    begun();
    start = { view: axes.view(), offsets: offsets() };
  }, { capture: true, passive: true });
  window.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, event);
    if (start && !frame) frame = requestAnimationFrame(zoom);
  }, { passive: true });
  const lift = (/** @type {PointerEvent} */ { pointerId }) => {
    if (!fingers.delete(pointerId)) return;
    start = null;
  };
  window.addEventListener("pointerup", lift);
  window.addEventListener("pointercancel", lift);
  return () => start !== null;
}
