// Drawing tools on the plane: lasso, box and freehand path.

/**
 * @import { Place } from "../types.js"
 * @import { Axes } from "../layers/axes.js"
 */

const FINEST = 3; // px between two places of a stroke
const SHORTEST = 8; // px; a shorter stroke is a click
const DRAWING_TOOLS = ["lasso", "box", "path"];

/**
 * @param {HTMLElement} element
 * @param {Axes} axes
 * @param {() => string} tool the chosen one
 * @param {{drawing: (places: ?Place[], closed: boolean) => void, drawn: (places: Place[], tool: string) => void}} on
 *   drawing: the stroke so far and whether it encloses something, null when it is over; drawn: a complete stroke
 */
export function watchStrokes(element, axes, tool, on) {
  /** @type {?{tool: string, pointer: number, from: PointerEvent, last: PointerEvent, length: number, places: Place[]}} */
  let stroke = null;

  const begin = (/** @type {PointerEvent} */ event) => {
    if (stroke || event.button !== 0 || !DRAWING_TOOLS.includes(tool()) || !axes.placeAt(event)) return;
    const place = axes.placeTowards(event);
    stroke = { tool: tool(), pointer: event.pointerId, from: event, last: event, length: 0, places: [place] };
    window.addEventListener("pointermove", go, { passive: true });
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", end);
  };

  const go = (/** @type {PointerEvent} */ event) => {
    if (!stroke || event.pointerId !== stroke.pointer) return;
    const step = distance(event, stroke.last);
    if (step < FINEST) return;
    stroke.length = stroke.tool === "box" ? distance(event, stroke.from) : stroke.length + step;
    stroke.last = event;
    const place = axes.placeTowards(event);
    if (stroke.tool === "box") stroke.places = box(stroke.places[0], place);
    else stroke.places.push(place);
    on.drawing(stroke.places, stroke.tool !== "path");
  };

  const end = (/** @type {PointerEvent} */ event) => {
    if (!stroke || event.pointerId !== stroke.pointer) return;
    window.removeEventListener("pointermove", go);
    window.removeEventListener("pointerup", end);
    window.removeEventListener("pointercancel", end);
    const { length, places, tool: used } = stroke;
    stroke = null;
    on.drawing(null, false);
    if (event.type === "pointerup" && length >= SHORTEST) on.drawn(places, used);
  };

  element.addEventListener("pointerdown", begin);
}

/**
 * @param {Place} corner
 * @param {Place} opposite
 */
function box([u0, v0], [u1, v1]) {
  return [[u0, v0], [u1, v0], [u1, v1], [u0, v1]];
}

/**
 * Px between two pointer events.
 * @param {PointerEvent} a
 * @param {PointerEvent} b
 */
function distance(a, b) {
  return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
}
