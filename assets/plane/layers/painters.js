// Backdrops: each painter draws a field over the view, step by step.

import { aggregatedPosterior, classMap, magnificationRows, priorMassRadius, trust } from "../math/fields.js";
import { createTangents } from "../math/jacobian.js";
import { gridPlaces } from "../math/manifold.js";
import { context2d, createCanvas } from "../dom.js";
import { colourParts } from "./theme.js";

/**
 * @import { Frame, Grid, Place, Ranges, SeenPayload, Theme } from "../types.js"
 * @import { Axes } from "./axes.js"
 *
 * @typedef {{payload: SeenPayload, ranges: Ranges, frame: Frame, theme: Theme, hidden: Set<number>}} Scene hidden: labels
 *
 * The meaning of the colours.
 * @typedef {{title: string, low: number, high: number, colours: string[]}} ColourScale
 *
 * A picture over `ranges`; trace: draws curves at each redrawing.
 * @typedef {{image: ?HTMLCanvasElement, ranges: Ranges, smooth?: boolean, scale?: ColourScale,
 *   trace?: (context: CanvasRenderingContext2D, axes: Axes) => void}} Painted
 */

const CELL = 4; // px of a cell of the densities
const MANIFOLD = 20; // pictures along the longer side
const COARSE = 12; // cells along the longer side of a field that costs a decoding a cell; refined to FINE
const FINE = 80;
const PRIOR_MASSES = [0.5, 0.9, 0.99];
const TRUST_RADIUS = 0.1; // units of z
const FOG = 90; // of 255, opacity where the decoder was never trained
const SPARSE = 0.02; // of the highest density, below which the class map fades out

// From dark blue to yellow, even in lightness and the same for colour-blind eyes: cividis (Nuñez, Anderton & Renslow
// 2018, "Optimizing colormaps with consideration for color vision deficiency", PLoS ONE 13(7)).
const CIVIDIS = [[0, 32, 77], [31, 59, 111], [87, 93, 109], [112, 113, 115], [138, 134, 121], [166, 157, 117],
  [196, 181, 108], [228, 207, 91], [255, 234, 70]];

/**
 * Painters by the names of `BACKDROPS`. They yield null where they may rest, or a first picture, and return the last one.
 * @type {Record<string, (scene: Scene) => Iterator<?Painted, Painted>>}
 */
export const PAINTERS = {
  none: ({ ranges }) => atOnce({ image: null, ranges }),

  *manifold({ payload, ranges, frame, theme }) {
    const { columns, rows } = cells(frame, MANIFOLD);
    const [height, width] = payload.imageShape;
    const image = createCanvas(columns * width, rows * height);
    const context = context2d(image);
    const ink = colourParts(theme.text);
    const places = gridPlaces(ranges, columns, rows);
    for (let i = 0; i < places.length; i++) {
      const tile = inked(payload.decode(places[i]), [height, width], ink);
      context.putImageData(tile, (i % columns) * width, Math.floor(i / columns) * height);
      if (i % columns === columns - 1) yield null;
    }
    return { image, ranges, smooth: true };
  },

  prior({ payload: { latentDim, toPlane }, ranges, theme }) {
    const centre = toPlane(new Float32Array(latentDim));
    return atOnce({ image: null, ranges, trace: (context, axes) => tracePrior(context, axes, centre, latentDim, theme) });
  },

  posterior({ payload, ranges, frame, theme }) {
    const grid = gridOver(ranges, cells(frame, Math.max(frame.width, frame.height) / CELL));
    const density = aggregatedPosterior(grid, payload);
    const highest = maximum(density);
    const ink = colourParts(theme.accent);
    const image = coloured(grid, (i) => [...ink, 220 * Math.sqrt(density[i] / highest)]);
    const scale = { title: "q(z), density", low: 0, high: highest, colours: fading(ink) };
    return atOnce({ image, ranges, smooth: true, scale });
  },

  classes({ payload, ranges, frame, hidden }) {
    const grid = gridOver(ranges, cells(frame, Math.max(frame.width, frame.height) / CELL));
    const { label, confidence, density } = classMap(grid, payload, hidden);
    const sparse = SPARSE * maximum(density);
    const colours = payload.classes.map(({ colour }) => colourParts(colour));
    const image = coloured(grid, (i) => {
      if (label[i] === 255) return [0, 0, 0, 0];
      const certain = Math.max(0, 2 * confidence[i] - 1); // no colour at p = ½
      return [...colours[label[i]], (40 + 150 * certain) * Math.min(1, density[i] / sparse)];
    });
    const scale = { title: "the paler, the less certain the class", low: 0.5, high: 1, colours: fading(colours[0]) };
    return atOnce({ image, ranges, smooth: true, scale });
  },

  *magnification({ payload, ranges, frame }) {
    const tangents = createTangents(payload.decoderLayers, payload.mean);
    const at = (/** @type {Place} */ place) => tangents(payload.toLatent(place), payload.chart.axes);
    const [coarse, fine] = [COARSE, FINE].map((resolution) => gridOver(ranges, cells(frame, resolution)));
    yield magnified(coarse, ranges, yield* resting(magnificationRows(coarse, at)));
    return magnified(fine, ranges, yield* resting(magnificationRows(fine, at)));
  },

  trust({ payload, ranges, frame, theme }) {
    const grid = gridOver(ranges, cells(frame, Math.max(frame.width, frame.height) / CELL));
    const chance = trust(aggregatedPosterior(grid, payload), payload.nTrain, TRUST_RADIUS);
    const fog = colourParts(theme.text);
    const image = coloured(grid, (i) => [...fog, FOG * (1 - chance[i])]);
    const title = `chance that an epoch trained the decoder within ${TRUST_RADIUS} of here`;
    const colours = [[...fog, FOG / 255], [...fog, 0]].map(css);
    return atOnce({ image, ranges, smooth: true, scale: { title, low: 0, high: 1, colours } });
  },
};

/**
 * The iterator of a painter that needs one step.
 * @param {Painted} painted
 * @returns {Iterator<null, Painted>}
 */
function atOnce(painted) {
  return { next: () => ({ done: true, value: painted }) };
}

/**
 * A generator that yields null in place of its values.
 * @template Result
 * @param {Generator<any, Result>} work
 * @returns {Generator<null, Result>}
 */
function* resting(work) {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    yield null;
  }
}

/** @returns {Painted} */
function magnified(grid, ranges, values) {
  const sorted = Float32Array.from(values).sort();
  const high = sorted[Math.floor(0.99 * (sorted.length - 1))] || 1; // so that a single peak does not dim all else
  const image = coloured(grid, (i) => [...along(CIVIDIS, Math.sqrt(values[i] / high)), 200]);
  const scale = {
    title: "√det(JᵀJ), change of the picture a unit of area", low: 0, high,
    colours: CIVIDIS.map((colour) => css([...colour, 1])),
  };
  return { image, ranges, smooth: true, scale };
}

/** Circles that hold shares of the prior. */
function tracePrior(context, axes, centre, latentDim, theme) {
  const [x, y] = axes.pixelOf(centre);
  Object.assign(context, { strokeStyle: theme.accent, fillStyle: theme.text, lineWidth: 1.5 });
  context.font = `${theme.size - 1}px ${theme.font}`;
  const [r, g, b] = colourParts(theme.accent);
  for (const mass of [...PRIOR_MASSES].reverse()) {
    const radius = priorMassRadius(mass, Math.min(2, latentDim)) * axes.scale();
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = `rgba(${r}, ${g}, ${b}, 0.1)`;
    context.fill();
    context.stroke();
    context.fillStyle = theme.text;
    context.fillText(`${100 * mass} %`, x + 4, y - radius - 4);
  }
}

/** Numbers of square cells that cover the frame, `most` along its longer side. */
function cells({ width, height }, most) {
  const edge = Math.max(width, height) / most;
  return { columns: Math.max(1, Math.round(width / edge)), rows: Math.max(1, Math.round(height / edge)) };
}

/**
 * A grid whose cells fill the ranges, rows from the bottom.
 * @param {Ranges} ranges
 * @param {{columns: number, rows: number}} size
 * @returns {Grid}
 */
function gridOver([[left, right], [bottom, top]], { columns, rows }) {
  const [dx, dy] = [(right - left) / columns, (top - bottom) / rows];
  return { x0: left + dx / 2, y0: bottom + dy / 2, dx, dy, columns, rows };
}

/** A canvas with one pixel a cell. */
function coloured({ columns, rows }, colourAt) {
  const canvas = createCanvas(columns, rows);
  const image = new ImageData(columns, rows);
  for (let i = 0; i < columns * rows; i++) {
    const row = rows - 1 - Math.floor(i / columns); // of the picture, from the top
    image.data.set(colourAt(i), 4 * (row * columns + (i % columns)));
  }
  context2d(canvas).putImageData(image, 0, 0);
  return canvas;
}

/** A picture in the colour of ink, opaque where it is white and transparent where it is black. */
function inked(pixels, /** @type {number[]} */ [height, width], /** @type {number[]} */ [r, g, b]) {
  const image = new ImageData(width, height);
  for (let i = 0; i < pixels.length; i++) image.data.set([r, g, b, 255 * pixels[i]], 4 * i);
  return image;
}

/** The colour at a part, 0…1, of a sequence of colours. */
function along(stops, part) {
  const at = Math.min(1, Math.max(0, part)) * (stops.length - 1);
  const k = Math.min(stops.length - 2, Math.floor(at));
  return stops[k].map((value, i) => value + (at - k) * (stops[k + 1][i] - value));
}

/** From transparent to the colour. */
function fading(colour) {
  return [[...colour, 0], [...colour, 220 / 255]].map(css);
}

function css(/** @type {number[]} */ [r, g, b, alpha]) {
  return `rgba(${r}, ${g}, ${b}, ${alpha})`;
}

function maximum(values) {
  return values.reduce((most, value) => Math.max(most, value), 0) || 1;
}
