// Fields over the plane, evaluated on a grid: densities, class map, magnification, trust.

import { magnification } from "./jacobian.js";
import { chiSquareCdf, normalCdf } from "./normal.js";

/** @import { Gaussians, Grid, Place, Tangents } from "../types.js" */

const REACH = 4; // standard deviations, beyond which lies 3e-4 of a Gaussian in the plane

/**
 * q(z) = 1/N Σ N(z; mu_i, Σ_i), averaged over each cell so that no Gaussian falls between cell centres.
 * @param {Grid} grid
 * @param {Gaussians} points (N)
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
 * Most probable class of each cell, by the classes' aggregated posteriors.
 * @param {Grid} grid
 * @param {Gaussians & {labels: Uint8Array}} points (N)
 * @param {Set<number>} hidden labels to leave out
 * @returns {{label: Uint8Array, confidence: Float32Array, density: Float32Array}} label: 255 where q(z) is 0; confidence:
 *   p(class|z); density: q(z) of the classes that count
 */
export function classMap(grid, points, hidden = new Set()) {
  const n = grid.columns * grid.rows;
  /** @type {Map<number, Float32Array>} */
  const masses = new Map(); // label → mass in each cell
  const splat = createSplat(grid);
  for (let i = 0; i < points.x.length; i++) {
    const c = points.labels[i];
    if (hidden.has(c)) continue;
    let mass = masses.get(c);
    if (!mass) masses.set(c, (mass = new Float32Array(n)));
    splat(points, i, mass);
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
 * Probability that one epoch of training decodes a z within `radius` of a place: 1 − exp(−n·q(z)·π·radius²).
 * @param {Float32Array} density q(z) of the training images, or an estimate of it
 * @param {number} nTrain images an epoch, each with one draw of z
 * @param {number} radius units of z
 */
export function trust(density, nTrain, radius) {
  const expected = nTrain * Math.PI * radius * radius;
  return density.map((value) => -Math.expm1(-expected * value));
}

/**
 * √det(JᵀJ) at each cell centre; yields after every row.
 * @param {Grid} grid
 * @param {(place: Place) => Tangents} tangentsAt
 * @returns {Generator<number, Float32Array>}
 */
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

/**
 * Radius of the ball about 0 that holds a given mass of N(0, I).
 * @param {number} mass in [0, 1)
 * @param {number} J dimensions
 */
export function priorMassRadius(mass, J = 2) {
  if (J === 2) return Math.sqrt(-2 * Math.log1p(-mass));
  const massWithin = (/** @type {number} */ radius) => chiSquareCdf(radius * radius, J);
  let [low, high] = [0, 1];
  while (massWithin(high) < mass) high *= 2;
  for (let middle = high / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (massWithin(middle) < mass) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * @param {Grid} grid
 * @returns {(points: Gaussians, i: number, mass: Float32Array) => void} adds the mass of Gaussian i to each cell
 */
function createSplat(grid) {
  const along = new Float64Array(grid.columns);
  const across = new Float64Array(grid.rows);
  return ({ x, y, xx, xy, yy }, i, mass) => {
    const sigma = Math.sqrt(yy[i]);
    const [bottom, top] = shares(across, grid.y0, grid.dy, grid.rows, y[i], sigma);
    // Conditional on y, a bivariate Gaussian is x ~ N(x_i + slope·(y − y_i), rest).
    const slope = yy[i] > 0 ? xy[i] / yy[i] : 0;
    const rest = Math.max(0, xx[i] - slope * xy[i]);
    let span = slope === 0 ? shares(along, grid.x0, grid.dx, grid.columns, x[i], Math.sqrt(rest)) : [0, 0];
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

/** Mean and variance of N(0, sigma²), truncated to a cell about `centre` that holds `mass` of it. */
function within(centre, width, sigma, mass) {
  const narrow = (width * width) / 12; // variance of a uniform distribution
  if (sigma > width) return { offset: centre * (1 - narrow / (sigma * sigma)), spread: narrow };
  const [low, high] = [(centre - width / 2) / sigma, (centre + width / 2) / sigma];
  const unit = 1 / (Math.sqrt(2 * Math.PI) * Math.max(mass, 1e-9));
  const [atLow, atHigh] = [low, high].map((t) => unit * Math.exp(-0.5 * t * t));
  const mean = atLow - atHigh;
  const square = 1 + low * atLow - high * atHigh;
  return {
    offset: sigma * Math.min(high, Math.max(low, mean)),
    spread: Math.min(3 * narrow, Math.max(0, (square - mean * mean) * sigma * sigma)), // 3 × narrow: the most that a cell allows
  };
}

/** Write the mass of N(mean, sigma²) in each of `n` cells into `parts`; returns the range [from, to) of cells in reach. */
function shares(parts, centre, width, n, mean, sigma) {
  const edge = (mean - centre) / width + 0.5; // position of the mean, in cells from the grid's first edge
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

/** Φ(x) to six decimals, by a table. */
function cdf(x) {
  if (x <= -8) return 0;
  if (x >= 8) return 1;
  const at = (x + 8) / STEP;
  const k = Math.floor(at);
  return TABLE[k] + (at - k) * (TABLE[k + 1] - TABLE[k]);
}
