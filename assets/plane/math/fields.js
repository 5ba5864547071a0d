// Quantities that have a value at every place of the plane, on a grid.

import { magnification } from "./jacobian.js";
import { chiSquareCdf, normalCdf } from "./normal.js";

const REACH = 4; // standard deviations; beyond them lie 3e-4 of a Gaussian in the plane

/**
 * Cell centres (x0 + column·dx, y0 + row·dy); arrays over a grid go row by row.
 * @typedef {{x0: number, y0: number, dx: number, dy: number, columns: number, rows: number}} Grid
 */

/**
 * q(z) = 1/N Σ N(z; mu_i, Σ_i), averaged over each cell, so that none is lost where σ is far below a cell's size.
 * @param {Grid} grid
 * @param {{x: Float32Array, y: Float32Array, xx: Float32Array, xy: Float32Array, yy: Float32Array}} points N of each
 * @returns {Float32Array} probability a unit of area
 */
export function aggregatedPosterior(grid, points) {
  const mass = new Float32Array(grid.columns * grid.rows);
  const splat = createSplat(grid);
  for (let i = 0; i < points.x.length; i++) splat(points, i, mass);
  const unit = 1 / (points.x.length * grid.dx * grid.dy);
  return mass.map((value) => value * unit);
}

/**
 * Who lives where, by the aggregated posteriors of the classes.
 * @param {Set<number>} hidden labels that do not count
 * @returns {{label: Uint8Array, confidence: Float32Array, density: Float32Array}} label: of the most probable class,
 *   255 where there is nobody; confidence: p(class|z); density: q(z), without those that do not count
 */
export function classMap(grid, points, hidden = new Set()) {
  const n = grid.columns * grid.rows;
  const masses = new Map(); // label → mass of its posteriors in each cell
  const splat = createSplat(grid);
  for (let i = 0; i < points.x.length; i++) {
    const c = points.labels[i];
    if (hidden.has(c)) continue;
    if (!masses.has(c)) masses.set(c, new Float32Array(n));
    splat(points, i, masses.get(c));
  }
  const [label, confidence, density] = [new Uint8Array(n).fill(255), new Float32Array(n), new Float32Array(n)];
  const most = new Float32Array(n);
  for (const [c, mass] of masses) {
    for (let k = 0; k < n; k++) {
      density[k] += mass[k];
      if (mass[k] <= most[k]) continue;
      most[k] = mass[k];
      label[k] = c;
    }
  }
  const unit = 1 / (points.x.length * grid.dx * grid.dy);
  for (let k = 0; k < n; k++) {
    if (density[k] > 0) confidence[k] = most[k] / density[k];
    density[k] *= unit;
  }
  return { label, confidence, density };
}

/**
 * The chance that one epoch of training decodes a z within `radius` of a place: 1 − exp(−n·q(z)·π·radius²).
 * @param {Float32Array} density q(z) of the training images, or an estimate of it
 * @param {number} nTrain images in an epoch, each with one draw of z
 */
export function trust(density, nTrain, radius) {
  const expected = nTrain * Math.PI * radius * radius;
  return density.map((value) => -Math.expm1(-expected * value));
}

/** √det(JᵀJ) at each cell centre; it rests after every row. @returns {Generator<number, Float32Array>} */
export function* magnificationRows({ x0, y0, dx, dy, columns, rows }, tangentsAt) {
  const values = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      values[row * columns + column] = magnification(tangentsAt([x0 + column * dx, y0 + row * dy]));
    }
    yield row;
  }
  return values;
}

/** The radius around the mean within which so much of a standard normal in `J` dimensions lies; mass in [0, 1). */
export function priorMassRadius(mass, J = 2) {
  if (J === 2) return Math.sqrt(-2 * Math.log1p(-mass));
  const holds = (radius) => chiSquareCdf(radius * radius, J);
  let [low, high] = [0, 1];
  while (holds(high) < mass) high *= 2;
  for (let middle = high / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (holds(middle) < mass) low = middle;
    else high = middle;
  }
  return high;
}

/** @returns {function(object, number, Float32Array): void} adds one point's probability to the mass of each cell */
function createSplat(grid) {
  const along = new Float64Array(grid.columns);
  const across = new Float64Array(grid.rows);
  return ({ x, y, xx, xy, yy }, i, mass) => {
    const sigma = Math.sqrt(yy[i]);
    const [bottom, top] = shares(across, grid.y0, grid.dy, grid.rows, y[i], sigma);
    // A correlated Gaussian is a shifting one: y ~ N(y_i, yy), and where y lies, x ~ N(x_i + slope·(y − y_i), rest).
    const slope = yy[i] > 0 ? xy[i] / yy[i] : 0;
    const rest = Math.max(0, xx[i] - slope * xy[i]);
    let span = slope === 0 ? shares(along, grid.x0, grid.dx, grid.columns, x[i], Math.sqrt(rest)) : null;
    for (let row = bottom; row < top; row++) {
      if (slope !== 0) {
        const { offset, spread } = within(grid.y0 + row * grid.dy - y[i], grid.dy, sigma, across[row]);
        const blurred = Math.sqrt(rest + slope * slope * spread);
        span = shares(along, grid.x0, grid.dx, grid.columns, x[i] + slope * offset, blurred);
      }
      const [left, right] = span;
      const start = row * grid.columns;
      for (let column = left; column < right; column++) mass[start + column] += across[row] * along[column];
    }
  };
}

/** Mean and variance of N(0, sigma²) within a cell around `centre` that has so much of its mass. */
function within(centre, width, sigma, mass) {
  const narrow = (width * width) / 12; // the variance of an even distribution
  if (sigma > width) return { offset: centre * (1 - narrow / (sigma * sigma)), spread: narrow };
  const [low, high] = [(centre - width / 2) / sigma, (centre + width / 2) / sigma];
  const unit = 1 / (Math.sqrt(2 * Math.PI) * Math.max(mass, 1e-9));
  const [atLow, atHigh] = [low, high].map((t) => unit * Math.exp(-0.5 * t * t));
  const mean = atLow - atHigh;
  const square = 1 + low * atLow - high * atHigh;
  return {
    offset: sigma * Math.min(high, Math.max(low, mean)),
    spread: Math.min(3 * narrow, Math.max(0, (square - mean * mean) * sigma * sigma)), // more is not possible in it
  };
}

/** What part of N(mean, sigma²) lies in each of `n` cells; written for those in reach, [from, to). */
function shares(parts, centre, width, n, mean, sigma) {
  const edge = (mean - centre) / width + 0.5; // of the mean, in cells from the grid's first edge
  const reach = (REACH * sigma) / width;
  const from = Math.min(n, Math.max(0, Math.floor(edge - reach)));
  const to = Math.max(from, Math.min(n, Math.floor(edge + reach) + 1));
  const scale = width / Math.max(sigma, 1e-9);
  let below = cdf((from - edge) * scale);
  for (let k = from; k < to; k++) {
    const above = cdf((k + 1 - edge) * scale);
    parts[k] = above - below;
    below = above;
  }
  return [from, to];
}

const STEP = 1 / 256;
const TABLE = Float64Array.from({ length: 16 * 256 + 2 }, (_, i) => normalCdf(-8 + i * STEP));

/** Φ(x) to six decimals, from a table. */
function cdf(x) {
  if (x <= -8) return 0;
  if (x >= 8) return 1;
  const at = (x + 8) / STEP;
  const k = Math.floor(at);
  return TABLE[k] + (at - k) * (TABLE[k + 1] - TABLE[k]);
}
