// The tools that draw on the plane: lasso, box and free-hand path, under one pointer.

const FINEST = 3; // px between two places of a stroke
const SHORTEST = 8; // px; what is shorter is a click
export const DRAWING_TOOLS = ["lasso", "box", "path"];

/**
 * @param {HTMLElement} element
 * @param {import("../layers/scatter.js").Scatter} scatter says where places are
 * @param {function(): string} tool which one is chosen now
 * @param {{drawing: function(?number[][], boolean): void, drawn: function(number[][], string): void}} on drawing: the
 *   places of the stroke so far and whether it encloses something, or null when it is over; drawn: a whole stroke
 */
export function watchStrokes(element, scatter, tool, on) {
  let stroke = null; // {tool, pointer, from, last, length, places}

  const begin = (event) => {
    if (stroke || event.button !== 0 || !DRAWING_TOOLS.includes(tool()) || !scatter.placeAt(event)) return;
    const place = scatter.placeTowards(event);
    stroke = { tool: tool(), pointer: event.pointerId, from: event, last: event, length: 0, places: [place] };
    window.addEventListener("pointermove", go, { passive: true });
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", end);
  };

  const go = (event) => {
    if (event.pointerId !== stroke.pointer) return;
    const step = distance(event, stroke.last);
    if (step < FINEST) return;
    stroke.length = stroke.tool === "box" ? distance(event, stroke.from) : stroke.length + step;
    stroke.last = event;
    const place = scatter.placeTowards(event);
    if (stroke.tool === "box") stroke.places = box(stroke.places[0], place);
    else stroke.places.push(place);
    on.drawing(stroke.places, stroke.tool !== "path");
  };

  const end = (event) => {
    if (event.pointerId !== stroke?.pointer) return;
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

function box([u0, v0], [u1, v1]) {
  return [[u0, v0], [u1, v0], [u1, v1], [u0, v1]];
}

function distance(a, b) {
  return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
}
