// What is drawn over the points: posteriors to scale, pins, paths, arrows, what is chosen, and a stroke under the hand.

import { ellipse } from "../math/ellipse.js";
import { indicesOfIds } from "../math/points.js";
import { imageOf } from "../math/positions.js";
import { CLASS_COLOURS } from "./theme.js";

const SIGMAS = [1, 2]; // in two dimensions these ellipses hold 39 % and 86 % of the probability
const MOST_ELLIPSES = 300; // of chosen points; more would only be a blot
const MOST_RINGS = 3000; // more of them would only be a blot, too: then squares
const SQUARE = 3; // px
const RING = 4.5; // px, radius of the ring around a chosen point
const PIN = 5; // px, radius
const HEAD = 9; // px, of an arrow

/**
 * @typedef {{payload: object, points: object, hovered: number, input: ?object, selection: ?object, path: ?object,
 *   pins: object[], trip: ?object, target: ?object, stroke: ?number[][], closed: boolean}} Drawn
 * @param {HTMLCanvasElement} canvas as large as the graph
 * @param {import("./scatter.js").Scatter} scatter says where places are
 * @returns {function(Drawn, object): void} paints all of it, with the colours of a theme
 */
export function createInk(canvas, scatter) {
  const selected = createSelectionLayer(canvas, scatter);
  return (drawn, theme) => {
    const frame = scatter.frame();
    const context = clearedContext(canvas);
    if (!frame || !drawn.payload) return;
    const pen = new Pen(context, scatter, theme);
    context.beginPath();
    context.rect(frame.left, frame.top, frame.width, frame.height);
    context.clip();
    if (drawn.selection) context.drawImage(selected(drawn, theme), 0, 0, canvas.clientWidth, canvas.clientHeight);
    if (drawn.path) pen.line(drawn.path.places, theme.text, { width: 2 });
    drawn.pins.forEach((pin) => pen.pin(pin));
    if (drawn.hovered >= 0) paintPosterior(pen, drawn, drawn.hovered);
    if (drawn.input) paintInput(pen, drawn.input);
    if (drawn.trip) pen.arrow(drawn.trip.from, drawn.trip.to, theme.accent);
    if (drawn.target) pen.target(drawn.target.place);
    if (drawn.stroke) pen.line(drawn.stroke, theme.accent, { width: 2, closed: drawn.closed, dashes: [6, 4] });
  };
}

/** The canvas's context with everything cleared, in CSS px, for a canvas as large as an element. */
export function clearedContext(canvas, { clientWidth, clientHeight } = canvas) {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [clientWidth * ratio, clientHeight * ratio].map(Math.round);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  context.reset();
  context.scale(ratio, ratio);
  return context;
}

/** What marks the chosen points, painted once for as long as neither they nor the view change: they may be thousands. */
function createSelectionLayer(canvas, scatter) {
  const layer = document.createElement("canvas");
  let painted = [];
  return ({ payload, points, selection }, theme) => {
    const { clientWidth, clientHeight } = canvas;
    const now = [selection, points, JSON.stringify([scatter.view(), scatter.frame(), clientWidth, clientHeight, theme])];
    if (now.some((value, i) => value !== painted[i])) {
      painted = now;
      paintSelection(new Pen(clearedContext(layer, canvas), scatter, theme), payload, points, selection);
    }
    return layer;
  };
}

function paintSelection(pen, payload, points, selection) {
  const indices = points.ids ? indicesOfIds(points.ids, selection.ids ?? []) : selection.indices;
  if (indices.length > MOST_RINGS) return pen.squares(Array.from(indices, (i) => [points.x[i], points.y[i]]), SQUARE);
  const few = indices.length <= MOST_ELLIPSES;
  for (const i of indices) {
    const place = [points.x[i], points.y[i]];
    pen.ring(place, RING);
    const image = imageOf(points, i);
    const mean = [payload.x[image], payload.y[image]];
    if (few) pen.ellipse(mean, covariance(payload, image), 1, colourOf(payload, image), { width: 1 });
  }
}

function paintPosterior(pen, { payload, points }, i) {
  const image = imageOf(points, i);
  const mean = [payload.x[image], payload.y[image]];
  for (const sigmas of SIGMAS) pen.ellipse(mean, covariance(payload, image), sigmas, pen.theme.text, { width: 1.5 });
  pen.line([mean, [points.x[i], points.y[i]]], pen.theme.text, { width: 1.5 });
}

function paintInput(pen, { mean, place, covariance: matrix }) {
  const colour = pen.theme.accent;
  for (const sigmas of SIGMAS) pen.ellipse(mean, matrix, sigmas, colour, { width: 2, filled: true });
  pen.line([mean, place], colour, { width: 2 });
  pen.disc(mean, 3, colour);
  pen.disc(place, 5, colour);
}

function covariance({ xx, xy, yy }, i) {
  return [xx[i], xy[i], yy[i]];
}

function colourOf({ labels }, i) {
  return CLASS_COLOURS[labels[i] % CLASS_COLOURS.length];
}

/** Strokes at places of the plane, each with a rim of the background's colour so that it stands out on anything. */
class Pen {
  constructor(context, scatter, theme) {
    this.context = context;
    this.scatter = scatter;
    this.theme = theme;
  }

  line(places, colour, { width, closed = false, dashes = [] }) {
    this.outlined(colour, width, dashes, (context) => {
      places.forEach((place) => context.lineTo(...this.scatter.pixelOf(place)));
      if (closed) context.closePath();
    });
  }

  /** The curve that holds what lies within so many standard deviations of a Gaussian. */
  ellipse(mean, matrix, sigmas, colour, { width, filled = false }) {
    const scale = this.scatter.scale();
    const { major, minor, angle } = ellipse(matrix);
    const radii = [major, minor].map((radius) => Math.max(0.5, sigmas * radius * scale));
    const trace = (context) => context.ellipse(...this.scatter.pixelOf(mean), ...radii, -angle, 0, 2 * Math.PI);
    if (filled) this.filled(colour, 0.15, trace);
    this.outlined(colour, width, [], trace);
  }

  squares(places, side) {
    this.context.fillStyle = this.theme.text;
    for (const place of places) {
      const [x, y] = this.scatter.pixelOf(place);
      this.context.fillRect(x - side / 2, y - side / 2, side, side);
    }
  }

  ring(place, radius) {
    this.outlined(this.theme.text, 1.5, [], (context) => circle(context, this.scatter.pixelOf(place), radius));
  }

  disc(place, radius, colour) {
    this.filled(this.theme.background, 1, (context) => circle(context, this.scatter.pixelOf(place), radius + 1.5));
    this.filled(colour, 1, (context) => circle(context, this.scatter.pixelOf(place), radius));
  }

  pin({ place, name }) {
    const { context, theme } = this;
    this.disc(place, PIN, theme.text);
    const [x, y] = this.scatter.pixelOf(place);
    context.font = `600 ${theme.size + 1}px ${theme.font}`;
    Object.assign(context, { lineWidth: 4, strokeStyle: theme.background, fillStyle: theme.text, lineJoin: "round" });
    context.strokeText(name, x + PIN + 4, y - PIN);
    context.fillText(name, x + PIN + 4, y - PIN);
  }

  target(place) {
    for (const radius of [14, 9]) this.ring(place, radius);
    this.disc(place, 3, this.theme.accent);
  }

  arrow(from, to, colour) {
    const [a, b] = [from, to].map((place) => this.scatter.pixelOf(place));
    const angle = Math.atan2(b[1] - a[1], b[0] - a[0]);
    const head = (turn) => [b[0] - HEAD * Math.cos(angle + turn), b[1] - HEAD * Math.sin(angle + turn)];
    this.outlined(colour, 2.5, [], (context) => {
      context.moveTo(...a);
      context.lineTo(...b);
      if (Math.hypot(b[0] - a[0], b[1] - a[1]) < 3) return; // it came back to where it was
      context.moveTo(...head(0.5));
      context.lineTo(...b);
      context.lineTo(...head(-0.5));
    });
  }

  outlined(colour, width, dashes, trace) {
    const { context, theme } = this;
    context.beginPath();
    trace(context);
    Object.assign(context, { lineWidth: width + 2, strokeStyle: theme.background, lineJoin: "round", lineCap: "round" });
    context.globalAlpha = 0.8;
    context.stroke();
    context.globalAlpha = 1;
    context.setLineDash(dashes);
    Object.assign(context, { lineWidth: width, strokeStyle: colour });
    context.stroke();
    context.setLineDash([]);
  }

  filled(colour, alpha, trace) {
    const { context } = this;
    context.beginPath();
    trace(context);
    context.globalAlpha = alpha;
    context.fillStyle = colour;
    context.fill();
    context.globalAlpha = 1;
  }
}

function circle(context, [x, y], radius) {
  context.arc(x, y, radius, 0, 2 * Math.PI);
}
