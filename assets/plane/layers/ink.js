// Drawings over the points: posterior ellipses, pins, paths, arrows, the selection, the stroke in progress.

import { classOf } from "../format/names.js";
import { indicesOfIds } from "../math/points.js";
import { imageOf } from "../math/positions.js";
import { Pen, clearedContext } from "./pen.js";

/**
 * @import { Drawn, Gaussians, Picture, PosteriorDraw, SeenPayload, Selection, ShownPoints, Theme } from "../types.js"
 * @import { Axes } from "./axes.js"
 */

const SIGMAS = [1, 2]; // in two dimensions these ellipses hold 39 % and 86 % of the probability
const MOST_ELLIPSES = 300; // of selected points; more would blot
const MOST_RINGS = 3000; // of selected points; more become squares
const SQUARE = 3; // px
const RING = 4.5; // px, radius of the ring around a selected point

/**
 * @param {HTMLCanvasElement} canvas as large as the graph
 * @param {Axes} axes
 * @returns {(drawn: Drawn, theme: Theme) => void} redraws everything
 */
export function createInk(canvas, axes) {
  const selectionLayer = createSelectionLayer(canvas, axes);
  return ({ payload, points, hovered, input, selection, path, pins, trip, target, stroke, closed }, theme) => {
    const frame = axes.frame();
    const context = clearedContext(canvas);
    if (!frame || !payload || !points) return;
    const pen = new Pen(context, axes, theme);
    context.beginPath();
    context.rect(frame.left, frame.top, frame.width, frame.height);
    context.clip();
    if (selection) {
      const layer = selectionLayer(payload, points, selection, theme);
      context.drawImage(layer, 0, 0, canvas.clientWidth, canvas.clientHeight);
    }
    if (path) pen.line(path.places, theme.text, { width: 2 });
    pins.forEach((pin) => pen.pin(pin));
    if (hovered >= 0) drawPosterior(pen, payload, points, hovered);
    if (input) drawInput(pen, input);
    if (trip) pen.arrow(trip.from, trip.to, theme.accent);
    if (target) pen.target(target.place);
    if (stroke) pen.line(stroke, theme.accent, { width: 2, closed, dashes: [6, 4] });
  };
}

/**
 * A canvas with the selection, which may be thousands of points; redrawn only if they or the view change.
 * @param {HTMLCanvasElement} canvas
 * @param {Axes} axes
 */
function createSelectionLayer(canvas, axes) {
  const layer = document.createElement("canvas");
  /** @type {any[]} */
  let painted = [];
  return (
    /** @type {SeenPayload} */ payload, /** @type {ShownPoints} */ points, /** @type {Selection} */ selection,
    /** @type {Theme} */ theme,
  ) => {
    const { clientWidth, clientHeight } = canvas;
    const now = [selection, points, JSON.stringify([axes.view(), axes.frame(), clientWidth, clientHeight, theme])];
    if (now.some((value, i) => value !== painted[i])) {
      painted = now;
      drawSelection(new Pen(clearedContext(layer, canvas), axes, theme), payload, points, selection);
    }
    return layer;
  };
}

/**
 * @param {Pen} pen
 * @param {SeenPayload} payload
 * @param {ShownPoints} points
 * @param {Selection} selection
 */
function drawSelection(pen, payload, points, selection) {
  const indices = points.ids ? indicesOfIds(points.ids, selection.ids ?? []) : selection.indices;
  if (indices.length > MOST_RINGS) return pen.squares(Array.from(indices, (i) => [points.x[i], points.y[i]]), SQUARE);
  const few = indices.length <= MOST_ELLIPSES;
  for (const i of indices) {
    pen.ring([points.x[i], points.y[i]], RING);
    if (!few) continue;
    const image = imageOf(points, i);
    const colour = classOf(payload, image).colour;
    pen.ellipse([payload.x[image], payload.y[image]], covariance(payload, image), 1, colour, { width: 1 });
  }
}

/**
 * The posterior of a point's image.
 * @param {Pen} pen
 * @param {SeenPayload} payload
 * @param {ShownPoints} points
 * @param {number} i
 */
function drawPosterior(pen, payload, points, i) {
  const image = imageOf(points, i);
  const mean = [payload.x[image], payload.y[image]];
  for (const sigmas of SIGMAS) pen.ellipse(mean, covariance(payload, image), sigmas, pen.theme.text, { width: 1.5 });
  pen.line([mean, [points.x[i], points.y[i]]], pen.theme.text, { width: 1.5 });
}

/**
 * The posterior of the encoder's picture, and the draw from it.
 * @param {Pen} pen
 * @param {Picture & PosteriorDraw} input
 */
function drawInput(pen, { mean, place, covariance: matrix }) {
  const colour = pen.theme.accent;
  for (const sigmas of SIGMAS) pen.ellipse(mean, matrix, sigmas, colour, { width: 2, filled: true });
  pen.line([mean, place], colour, { width: 2 });
  pen.disc(mean, 3, colour);
  pen.disc(place, 5, colour);
}

/**
 * @param {Gaussians} gaussians
 * @param {number} i
 */
function covariance({ xx, xy, yy }, i) {
  return [xx[i], xy[i], yy[i]];
}
