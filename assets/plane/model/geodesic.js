// The shortest way between two places, measured by how the decoder's picture changes along it: the metric JᵀJ.

import { createTangents } from "./jacobian.js";
import { pictureLength, resampled } from "./path.js";

const NODES = 25; // of a way, its ends among them
const GRID = 24; // places along the longer side of the grid on which a first way is looked for
const MARGIN = 0.5; // of the distance between the ends: so far around them it may go
const MOST_STEPS = 40;
const ENOUGH = 1e-5; // a step that lowers the energy by less than this part of it is the last
const NEIGHBOURS = [[1, 0], [0, 1], [1, 1], [1, -1], [2, 1], [1, 2], [2, -1], [1, -2]]; // and back

/**
 * The discrete geodesic: the nodes that make the energy Σ‖x_{k+1} − x_k‖² of their pictures least, by damped Gauss–Newton
 * steps, once from the straight line and once from the shortest way on a grid, which may lead around.
 * @param {object} payload seen in a plane, see `inPlane`
 * @param {number[]} from place
 * @param {number[]} to place
 * @returns {Generator<number, number[][]>} yields how much is done, 0…1; returns the places, ends included: a way that is
 *   never longer, in pictures, than the straight line
 */
export function* geodesic(payload, from, to) {
  const straight = resampled([from, to], NODES);
  const around = yield* wayOnGrid(payload, from, to);
  const ways = [straight];
  for (const [i, start] of [straight, resampled(around, NODES)].entries()) {
    const steps = relax(payload, start);
    let step = steps.next();
    for (; !step.done; step = steps.next()) yield 0.2 + 0.4 * (i + step.value);
    ways.push(step.value);
  }
  const lengths = ways.map((way) => pictureLength(payload.decode, way));
  return ways[lengths.indexOf(Math.min(...lengths))];
}

/** Lower the energy of a way until it rests; yields how much of the most steps are done. */
function* relax(payload, start) {
  const tangentsAt = tangentsOf(payload);
  let nodes = start;
  let now = yield* looked(tangentsAt, payload, nodes);
  let damping = 1e-3;
  for (let step = 0; step < MOST_STEPS; step++) {
    const move = gaussNewton(now.looks, damping);
    const moved = nodes.map(([u, v], k) => [u + move[k][0], v + move[k][1]]);
    const energy = energyOf(moved.map((place) => Float32Array.from(payload.decode(place))));
    yield step / MOST_STEPS;
    if (!(energy < now.energy)) {
      damping *= 10;
      if (damping > 1e6) break;
      continue;
    }
    const gain = 1 - energy / now.energy;
    nodes = moved;
    if (gain < ENOUGH) break;
    damping = Math.max(1e-6, damping / 5);
    now = yield* looked(tangentsAt, payload, nodes);
  }
  return nodes;
}

/** The picture and its two derivatives at each node, and the energy of the way. */
function* looked(tangentsAt, payload, nodes) {
  const looks = [];
  for (const [k, place] of nodes.entries()) {
    const { pixels, tangents } = tangentsAt(payload.toLatent(place), payload.chart.axes);
    looks.push({ x: pixels.slice(), a: tangents[0].slice(), b: tangents[1].slice() });
    if (k % 8 === 7) yield 0;
  }
  return { looks, energy: energyOf(looks.map(({ x }) => x)) };
}

/**
 * The step of each node that makes the linearised energy least; the ends stay. A block-tridiagonal system with 2 × 2 blocks.
 */
function gaussNewton(looks, damping) {
  const last = looks.length - 1;
  const inner = looks.slice(1, last);
  const diagonal = inner.map((look) => {
    const [e, f, g] = [dot(look.a, look.a), dot(look.a, look.b), dot(look.b, look.b)];
    return [2 * e * (1 + damping) + 1e-12, 2 * f, 2 * f, 2 * g * (1 + damping) + 1e-12];
  });
  const right = inner.map(({ x, a, b }, i) => {
    const [before, after] = [looks[i].x, looks[i + 2].x];
    let [p, q] = [0, 0];
    for (let d = 0; d < x.length; d++) {
      const bend = before[d] + after[d] - 2 * x[d];
      p += a[d] * bend;
      q += b[d] * bend;
    }
    return [p, q];
  });
  const upper = inner.slice(1).map((next, i) => {
    const { a, b } = inner[i];
    return [-dot(a, next.a), -dot(a, next.b), -dot(b, next.a), -dot(b, next.b)];
  });
  return [[0, 0], ...solveTridiagonal(diagonal, upper, right), [0, 0]];
}

/** Blocks are row by row; below the diagonal lie the transposed ones. */
function solveTridiagonal(diagonal, upper, right) {
  const n = diagonal.length;
  const factors = [];
  for (let k = 0; k < n; k++) {
    if (k) {
      const lower = transposed(upper[k - 1]);
      diagonal[k] = subtracted(diagonal[k], product(lower, factors[k - 1]));
      right[k] = subtracted(right[k], applied(lower, right[k - 1]));
    }
    const inverse = inverted(diagonal[k]);
    right[k] = applied(inverse, right[k]);
    if (k < n - 1) factors.push(product(inverse, upper[k]));
  }
  for (let k = n - 2; k >= 0; k--) right[k] = subtracted(right[k], applied(factors[k], right[k + 1]));
  return right;
}

const transposed = ([a, b, c, d]) => [a, c, b, d];
const subtracted = (a, b) => a.map((value, i) => value - b[i]);
const product = ([a, b, c, d], [e, f, g, h]) => [a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h];
const applied = ([a, b, c, d], [x, y]) => [a * x + b * y, c * x + d * y];

function inverted([a, b, c, d]) {
  const determinant = a * d - b * c;
  return [d / determinant, -b / determinant, -c / determinant, a / determinant];
}

/** The shortest way on a grid of decoded pictures around the two places (Dijkstra). */
function* wayOnGrid(payload, from, to) {
  const reach = Math.max(1e-6, Math.hypot(to[0] - from[0], to[1] - from[1]));
  const low = from.map((value, axis) => Math.min(value, to[axis]) - MARGIN * reach);
  const high = from.map((value, axis) => Math.max(value, to[axis]) + MARGIN * reach);
  const step = Math.max(high[0] - low[0], high[1] - low[1]) / (GRID - 1);
  const [columns, rows] = low.map((start, axis) => Math.round((high[axis] - start) / step) + 1);
  const placeOf = (node) => [low[0] + (node % columns) * step, low[1] + Math.floor(node / columns) * step];
  const pictures = [];
  for (let node = 0; node < columns * rows; node++) {
    pictures.push(Float32Array.from(payload.decode(placeOf(node))));
    if (node % 50 === 49) yield (0.2 * node) / (columns * rows);
  }
  const nodeAt = ([u, v]) => Math.round((v - low[1]) / step) * columns + Math.round((u - low[0]) / step);
  const [source, sink] = [nodeAt(from), nodeAt(to)];
  const nodes = dijkstra(source, sink, (node) => neighboursOf(node, columns, rows, pictures));
  return [from, ...nodes.slice(1, -1).map(placeOf), to];
}

function neighboursOf(node, columns, rows, pictures) {
  const [column, row] = [node % columns, Math.floor(node / columns)];
  const found = [];
  for (const [dx, dy] of NEIGHBOURS) {
    for (const way of [1, -1]) {
      const [x, y] = [column + way * dx, row + way * dy];
      if (x < 0 || y < 0 || x >= columns || y >= rows) continue;
      const other = y * columns + x;
      found.push([other, Math.sqrt(squaredDistance(pictures[node], pictures[other]))]);
    }
  }
  return found;
}

function dijkstra(source, sink, edgesOf) {
  const best = new Map([[source, 0]]);
  const previous = new Map();
  const open = new Set([source]);
  while (open.size) {
    const node = [...open].reduce((nearest, other) => (best.get(other) < best.get(nearest) ? other : nearest));
    if (node === sink) break;
    open.delete(node);
    for (const [other, length] of edgesOf(node)) {
      const total = best.get(node) + length;
      if (total >= (best.get(other) ?? Infinity)) continue;
      best.set(other, total);
      previous.set(other, node);
      open.add(other);
    }
  }
  const nodes = [sink];
  while (nodes[0] !== source) nodes.unshift(previous.get(nodes[0]));
  return nodes;
}

const tangentsByPayload = new WeakMap(); // decoder's layers → function

function tangentsOf({ decoderLayers, mean }) {
  if (!tangentsByPayload.has(decoderLayers)) tangentsByPayload.set(decoderLayers, createTangents(decoderLayers, mean));
  return tangentsByPayload.get(decoderLayers);
}

function energyOf(pictures) {
  return pictures.slice(1).reduce((sum, picture, k) => sum + squaredDistance(pictures[k], picture), 0);
}

function squaredDistance(a, b) {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += (a[d] - b[d]) ** 2;
  return sum;
}

function dot(a, b) {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d] * b[d];
  return sum;
}
