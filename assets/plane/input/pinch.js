// Two fingers on the plane: they spread to zoom and move to pan, and what was under them stays under them.

import { pinchedView } from "../math/view.js";

/**
 * @param {HTMLElement} element
 * @param {import("../layers/scatter.js").Scatter} scatter
 * @param {function(): void} begun called when the second finger comes: the first one points at nothing any more
 * @returns {function(): boolean} whether two fingers are on the plane
 */
export function watchPinches(element, scatter, begun) {
  const fingers = new Map(); // pointer's id → its place on the screen
  let start = null; // {view, offsets} when the second finger came
  let frame = 0;

  const offsets = () => [...fingers.values()].map((event) => scatter.offsetOf(event));
  const zoom = () => {
    frame = 0;
    if (start) scatter.setView(pinchedView(start.view, scatter.frame(), start.offsets, offsets()));
  };

  element.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch" || fingers.size === 2 || !scatter.frame()) return;
    fingers.set(event.pointerId, event);
    if (fingers.size < 2) return;
    begun();
    start = { view: scatter.view(), offsets: offsets() };
  }, { capture: true, passive: true });
  window.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, event);
    if (start && !frame) frame = requestAnimationFrame(zoom);
  }, { passive: true });
  const lift = ({ pointerId }) => {
    if (!fingers.delete(pointerId)) return;
    start = null;
  };
  window.addEventListener("pointerup", lift);
  window.addEventListener("pointercancel", lift);
  return () => start !== null;
}
