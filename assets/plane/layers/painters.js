// What can lie under the points: each painter looks at the part of the plane in sight and yields pictures of it.

import { aggregatedPosterior, classMap, magnificationRows, priorMassRadius, trust } from "../math/fields.js";
import { createTangents } from "../math/jacobian.js";
import { gridPlaces } from "../math/manifold.js";
import { CLASS_COLOURS, colourParts } from "./theme.js";

const CELL = 4; // px of a cell of the densities
const MANIFOLD = 20; // pictures along the longer side
const COARSE = 12; // cells along the longer side of what costs a decoding each; then it is refined
const FINE = 80;
const PRIOR_MASSES = [0.5, 0.9, 0.99];
const TRUST_RADIUS = 0.1; // units of z
const N_TRAIN = 55_000; // images that an epoch shows the decoder
const FOG = 90; // opacity where the decoder was never trained, of 255
const SPARSE = 0.02; // of the highest density; what is below it is nobody's

// From dark blue to yellow, even in lightness and the same for colour-blind eyes: cividis (Nuñez, Anderton & Renslow
// 2018, "Optimizing colormaps with consideration for color vision deficiency", PLoS ONE 13(7)).
const CIVIDIS = [[0, 32, 77], [31, 59, 111], [87, 93, 109], [112, 113, 115], [138, 134, 121], [166, 157, 117],
  [196, 181, 108], [228, 207, 91], [255, 234, 70]];

/**
 * By the names in `backdrop-names.js`. A scene: {payload, points, ranges, frame, theme, hidden: Set of labels}; a painter is a
 * generator that yields nothing whenever it may rest, and returns or yields what there is to see: {image: canvas over
 * `ranges`, ranges, smooth, trace: function(context, scatter) that draws curves, scale: what the colours mean}.
 */
export const PAINTERS = {
  *none({ ranges }) {
    return { image: null, ranges };
  },

  *manifold({ payload, ranges, frame, theme }) {
    const { columns, rows } = cells(frame, MANIFOLD);
    const [height, width] = payload.imageShape;
    const image = blank(columns * width, rows * height);
    const context = image.getContext("2d");
    const ink = colourParts(theme.text);
    const places = gridPlaces(ranges, columns, rows);
    for (let i = 0; i < places.length; i++) {
      const tile = inked(payload.decode(places[i]), [height, width], ink);
      context.putImageData(tile, (i % columns) * width, Math.floor(i / columns) * height);
      if (i % columns === columns - 1) yield null;
    }
    return { image, ranges, smooth: true };
  },

  *prior({ payload, ranges, theme }) {
    const centre = payload.toPlane(new Float32Array(payload.latentDim));
    const { latentDim } = payload;
    return { image: null, ranges, trace: (context, scatter) => tracePrior(context, scatter, centre, latentDim, theme) };
  },

  *posterior({ payload, ranges, frame, theme }) {
    const grid = gridOver(ranges, cells(frame, Math.max(frame.width, frame.height) / CELL));
    const density = aggregatedPosterior(grid, payload);
    const highest = maximum(density);
    const ink = colourParts(theme.accent);
    const image = coloured(grid, (i) => [...ink, 220 * Math.sqrt(density[i] / highest)]);
    return { image, ranges, smooth: true, scale: { title: "q(z), density", low: 0, high: highest, colours: fading(ink) } };
  },

  *classes({ payload, ranges, frame, hidden }) {
    const grid = gridOver(ranges, cells(frame, Math.max(frame.width, frame.height) / CELL));
    const { label, confidence, density } = classMap(grid, payload, hidden);
    const sparse = SPARSE * maximum(density);
    const colours = CLASS_COLOURS.map(colourParts);
    const image = coloured(grid, (i) => {
      if (label[i] === 255) return [0, 0, 0, 0];
      const certain = Math.max(0, 2 * confidence[i] - 1); // half and half: no colour at all
      return [...colours[label[i] % colours.length], (40 + 150 * certain) * Math.min(1, density[i] / sparse)];
    });
    const scale = { title: "the paler, the less certain the class", low: 0.5, high: 1, colours: fading(colours[0]) };
    return { image, ranges, smooth: true, scale };
  },

  *magnification({ payload, ranges, frame }) {
    const tangents = createTangents(payload.decoderLayers, payload.mean);
    const at = (place) => tangents(payload.toLatent(place), payload.chart.axes);
    for (const resolution of [COARSE, FINE]) {
      const grid = gridOver(ranges, cells(frame, resolution));
      const rows = magnificationRows(grid, at);
      let step = rows.next();
      for (; !step.done; step = rows.next()) yield null;
      yield magnified(grid, ranges, step.value);
    }
  },

  *trust({ payload, ranges, frame, theme }) {
    const grid = gridOver(ranges, cells(frame, Math.max(frame.width, frame.height) / CELL));
    const chance = trust(aggregatedPosterior(grid, payload), N_TRAIN, TRUST_RADIUS);
    const fog = colourParts(theme.text);
    const image = coloured(grid, (i) => [...fog, FOG * (1 - chance[i])]);
    const title = `chance that an epoch trained the decoder within ${TRUST_RADIUS} of here`;
    const colours = [[...fog, FOG / 255], [...fog, 0]].map(css);
    return { image, ranges, smooth: true, scale: { title, low: 0, high: 1, colours } };
  },
};

function magnified(grid, ranges, values) {
  const sorted = Float32Array.from(values).sort();
  const high = sorted[Math.floor(0.99 * (sorted.length - 1))] || 1; // a single peak must not dim everything
  const image = coloured(grid, (i) => [...along(CIVIDIS, Math.sqrt(values[i] / high)), 200]);
  const scale = {
    title: "√det(JᵀJ), change of the picture a unit of area", low: 0, high,
    colours: CIVIDIS.map((colour) => css([...colour, 1])),
  };
  return { image, ranges, smooth: true, scale };
}

function tracePrior(context, scatter, centre, latentDim, theme) {
  const [x, y] = scatter.pixelOf(centre);
  Object.assign(context, { strokeStyle: theme.accent, fillStyle: theme.text, lineWidth: 1.5 });
  context.font = `${theme.size - 1}px ${theme.font}`;
  const [r, g, b] = colourParts(theme.accent);
  for (const mass of [...PRIOR_MASSES].reverse()) {
    const radius = priorMassRadius(mass, Math.min(2, latentDim)) * scatter.scale();
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = `rgba(${r}, ${g}, ${b}, 0.1)`;
    context.fill();
    context.stroke();
    context.fillStyle = theme.text;
    context.fillText(`${100 * mass} %`, x + 4, y - radius - 4);
  }
}

/** How many cells of the same width and height cover the frame, `most` along its longer side. */
function cells({ width, height }, most) {
  const edge = Math.max(width, height) / most;
  return { columns: Math.max(1, Math.round(width / edge)), rows: Math.max(1, Math.round(height / edge)) };
}

/** A grid whose cells fill the ranges, its rows from the bottom. */
function gridOver([[left, right], [bottom, top]], { columns, rows }) {
  const [dx, dy] = [(right - left) / columns, (top - bottom) / rows];
  return { x0: left + dx / 2, y0: bottom + dy / 2, dx, dy, columns, rows };
}

function coloured({ columns, rows }, colourAt) {
  const canvas = blank(columns, rows);
  const image = new ImageData(columns, rows);
  for (let i = 0; i < columns * rows; i++) {
    const row = rows - 1 - Math.floor(i / columns); // of the picture, from the top
    image.data.set(colourAt(i), 4 * (row * columns + (i % columns)));
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** A picture whose white is ink and whose black is nothing. */
function inked(pixels, [height, width], [r, g, b]) {
  const image = new ImageData(width, height);
  for (let i = 0; i < pixels.length; i++) image.data.set([r, g, b, 255 * pixels[i]], 4 * i);
  return image;
}

function blank(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height });
}

function along(stops, part) {
  const at = Math.min(1, Math.max(0, part)) * (stops.length - 1);
  const k = Math.min(stops.length - 2, Math.floor(at));
  return stops[k].map((value, i) => value + (at - k) * (stops[k + 1][i] - value));
}

function fading(colour) {
  return [[...colour, 0], [...colour, 220 / 255]].map(css);
}

function css([r, g, b, alpha]) {
  return `rgba(${r}, ${g}, ${b}, ${alpha})`;
}

function maximum(values) {
  return values.reduce((most, value) => Math.max(most, value), 0) || 1;
}
