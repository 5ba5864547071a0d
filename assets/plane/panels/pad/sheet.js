// Drawing sheet for mouse, pen or finger, with an eraser and undo.

import { context2d } from "../../dom.js";

/**
 * A stroke; width: px of the drawing.
 * @typedef {{width: number, erases: boolean, points: number[][]}} Stroke
 */

const SIDE = 280; // px, ten a pixel of the resulting digit

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Stroke[]} strokes on the sheet, updated in place
 * @param {() => {width: number, erases: boolean}} pen for the next stroke
 * @param {{stroke: () => void, end: () => void}} on stroke: the drawing has changed; end: a stroke has ended
 */
export function createSheet(canvas, strokes, pen, on) {
  Object.assign(canvas, { width: SIDE, height: SIDE });
  const context = context2d(canvas, { willReadFrequently: true });
  /** @type {?{stroke: Stroke, pointer: number}} */
  let current = null;

  const pointOf = (/** @type {PointerEvent} */ { clientX, clientY }) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return [((clientX - left) / width) * SIDE, ((clientY - top) / height) * SIDE];
  };
  const draw = (/** @type {Stroke} */ { width, erases, points }, from = 0) => {
    Object.assign(context, { lineWidth: width, lineCap: "round", lineJoin: "round" });
    context.strokeStyle = erases ? "#000" : "#fff";
    context.beginPath();
    points.slice(Math.max(0, from - 1)).forEach(([x, y]) => context.lineTo(x, y));
    if (points.length === 1) context.lineTo(points[0][0] + 0.01, points[0][1]); // a line without length is invisible
    context.stroke();
  };
  const redraw = () => {
    context.fillStyle = "#000";
    context.fillRect(0, 0, SIDE, SIDE);
    strokes.forEach((stroke) => draw(stroke));
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || current) return;
    canvas.setPointerCapture?.(event.pointerId);
    current = { pointer: event.pointerId, stroke: { ...pen(), points: [pointOf(event)] } };
    strokes.push(current.stroke);
    draw(current.stroke);
    on.stroke();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!current || event.pointerId !== current.pointer) return;
    const { stroke } = current;
    const from = stroke.points.length;
    const events = event.getCoalescedEvents?.() ?? [];
    stroke.points.push(...(events.length ? events : [event]).map(pointOf));
    draw(stroke, from);
    on.stroke();
  });
  const end = (/** @type {PointerEvent} */ event) => {
    if (event.pointerId !== current?.pointer) return;
    current = null;
    redraw(); // in one piece, as after undo
    on.stroke();
    on.end();
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  redraw();

  return {
    shape: [SIDE, SIDE],
    get isEmpty() {
      return strokes.length === 0;
    },
    /** The drawing, (SIDE · SIDE) from 0 to 1. */
    ink() {
      const { data } = context.getImageData(0, 0, SIDE, SIDE);
      const values = new Float32Array(SIDE * SIDE);
      for (let i = 0; i < values.length; i++) values[i] = data[4 * i] / 255;
      return values;
    },
    undo() {
      strokes.pop();
      redraw();
    },
    /** Remove all strokes; returns how to restore them. */
    clear() {
      const before = strokes.splice(0);
      redraw();
      return () => {
        strokes.splice(0, strokes.length, ...before);
        redraw();
      };
    },
  };
}
