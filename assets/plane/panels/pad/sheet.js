// A sheet to write on, by mouse, pen or finger: strokes in ink or as eraser, each of which can be undone.

const SIDE = 280; // px of the drawing: ten a pixel of the digit that becomes of it

/**
 * @param {HTMLCanvasElement} canvas
 * @param {object[]} strokes that are on it, {width, erases, points: [[x, y], …]}; it is kept up to date
 * @param {function(): {width: number, erases: boolean}} pen how the next stroke is: its width in px of the drawing
 * @param {{stroke: function(): void, end: function(): void}} on stroke: there is more to see; end: a stroke has ended
 */
export function createSheet(canvas, strokes, pen, on) {
  Object.assign(canvas, { width: SIDE, height: SIDE });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let current = null; // {stroke, pointer}

  const pointOf = ({ clientX, clientY }) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return [((clientX - left) / width) * SIDE, ((clientY - top) / height) * SIDE];
  };
  const draw = ({ width, erases, points }, from = 0) => {
    Object.assign(context, { lineWidth: width, lineCap: "round", lineJoin: "round" });
    context.strokeStyle = erases ? "#000" : "#fff";
    context.beginPath();
    points.slice(Math.max(0, from - 1)).forEach(([x, y]) => context.lineTo(x, y));
    if (points.length === 1) context.lineTo(points[0][0] + 0.01, points[0][1]); // a line of no length would not be seen
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
    if (event.pointerId !== current?.pointer) return;
    const { stroke } = current;
    const from = stroke.points.length;
    const events = event.getCoalescedEvents?.() ?? [];
    stroke.points.push(...(events.length ? events : [event]).map(pointOf));
    draw(stroke, from);
    on.stroke();
  });
  const end = (event) => {
    if (event.pointerId !== current?.pointer) return;
    current = null;
    redraw(); // in one piece, as undo will draw it
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
    /** What is on the sheet, (SIDE · SIDE) from 0 to 1. */
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
    /** Take all strokes away; returns how to bring them back. */
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
