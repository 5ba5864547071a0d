// The energy of a way through the plane, by how the picture changes along it, and the step of its nodes that lowers it.

import { metric } from "../jacobian.js";

const CHORDS = 3; // of a piece: between nodes alone, a way would jump over what changes the picture
const LOOKS = 8; // between two rests

/**
 * A way seen at its nodes and at places between them, n + 1 in all.
 * @typedef {object} Way
 * @property {number[][]} nodes places [u, v]
 * @property {number} length Σ‖x_{j+1} − x_j‖ of the pictures
 * @property {number} energy n·Σ‖x_{j+1} − x_j‖²: never less than length², and as much if the picture changes evenly
 * @property {number[][]} slopes [u, v] of each node: Jᵀr, where r are the differences x_{j+1} − x_j, and J how they
 *   change with the nodes
 * @property {number[][]} blocks JᵀJ of each node with itself, row by row
 * @property {number[][]} couplings JᵀJ of each node with the next one, row by row
 */

/**
 * @param {function(number[]): {pixels: Float32Array, tangents: Float32Array[]}} tangentsAt place ↦ picture and its
 *   derivatives in the plane's two directions; may reuse its arrays
 * @param {number[][]} nodes at least two
 * @returns {Generator<void, Way>} rests after every few pictures
 */
export function* look(tangentsAt, nodes) {
  const pieces = nodes.length - 1;
  const n = pieces * CHORDS;
  const blank = (length, size) => Array.from({ length }, () => new Array(size).fill(0));
  const [slopes, blocks, couplings] = [blank(pieces + 1, 2), blank(pieces + 1, 4), blank(pieces, 4)];
  let [length, squares] = [0, 0];
  let before = seen(tangentsAt, nodes[0]);
  for (let j = 0; j < n; j++) {
    const piece = Math.floor(j / CHORDS);
    const [start, end] = [j % CHORDS, (j % CHORDS) + 1].map((chord) => chord / CHORDS);
    const now = seen(tangentsAt, between(nodes[piece], nodes[piece + 1], end));
    const { square, pulls, inner } = chord(before, now);
    length += Math.sqrt(square);
    squares += square;
    // A place moves with the nodes of its piece: by 1 − part of the one's step, and by part of the other's.
    const [one, other] = [[1 - start, 1 - end], [start, end]];
    add(slopes[piece], pulls(one));
    add(slopes[piece + 1], pulls(other));
    add(blocks[piece], inner(one, one));
    add(blocks[piece + 1], inner(other, other));
    add(couplings[piece], inner(one, other));
    before = now;
    if (j % LOOKS === LOOKS - 1) yield;
  }
  return { nodes, length, energy: n * squares, slopes, blocks, couplings };
}

/**
 * The step [u, v] of each node that would make the energy least if pictures changed linearly; the ends stay.
 * @param {Way} way
 * @param {number} damping of the step (Levenberg 1944), in units of the mean of JᵀJ's diagonal
 */
export function energyStep({ slopes, blocks, couplings }, damping) {
  const free = blocks.slice(1, -1);
  const mean = free.reduce((sum, [uu, , , vv]) => sum + uu + vv, 0) / (2 * free.length);
  const more = damping * mean + 1e-12;
  const diagonal = free.map(([uu, uv, vu, vv]) => [uu + more, uv, vu, vv + more]);
  const downhill = slopes.slice(1, -1).map(([u, v]) => [-u, -v]);
  return [[0, 0], ...solveTridiagonal(diagonal, couplings.slice(1, -1), downhill), [0, 0]];
}

function seen(tangentsAt, place) {
  const found = tangentsAt(place);
  const { pixels, tangents: [a, b] } = found;
  const [e, f, g] = metric(found);
  return { x: pixels.slice(), a: a.slice(), b: b.slice(), metric: [e, f, f, g] };
}

/** Of the difference r of two pictures: its square, and products with J = p₁·(end's derivatives) − p₀·(start's). */
function chord(start, end) {
  const { square, across, startPull, endPull } = products(start, end);
  const back = transposed(across);
  return {
    square,
    pulls: ([p0, p1]) => endPull.map((pull, i) => p1 * pull - p0 * startPull[i]),
    inner: ([p0, p1], [q0, q1]) => across.map((_, i) =>
      p1 * q1 * end.metric[i] + p0 * q0 * start.metric[i] - p0 * q1 * across[i] - p1 * q0 * back[i]),
  };
}

function products({ x: x0, a: a0, b: b0 }, { x: x1, a: a1, b: b1 }) {
  let square = 0, aa = 0, ab = 0, ba = 0, bb = 0, ra0 = 0, rb0 = 0, ra1 = 0, rb1 = 0;
  for (let d = 0; d < x0.length; d++) {
    const r = x1[d] - x0[d];
    const p0 = a0[d], q0 = b0[d], p1 = a1[d], q1 = b1[d];
    square += r * r;
    aa += p0 * p1; ab += p0 * q1; ba += q0 * p1; bb += q0 * q1;
    ra0 += r * p0; rb0 += r * q0; ra1 += r * p1; rb1 += r * q1;
  }
  return { square, across: [aa, ab, ba, bb], startPull: [ra0, rb0], endPull: [ra1, rb1] };
}

/** Of a symmetric system of 2 × 2 blocks: its diagonal, the blocks right of it, and the right side. */
function solveTridiagonal(diagonal, upper, right) {
  const [factors, solution] = [[], []];
  for (const [k, block] of diagonal.entries()) {
    const lower = k ? transposed(upper[k - 1]) : null;
    const inverse = inverted(k ? subtracted(block, product(lower, factors[k - 1])) : block);
    solution.push(applied(inverse, k ? subtracted(right[k], applied(lower, solution[k - 1])) : right[k]));
    if (k < upper.length) factors.push(product(inverse, upper[k]));
  }
  for (let k = upper.length - 1; k >= 0; k--) {
    solution[k] = subtracted(solution[k], applied(factors[k], solution[k + 1]));
  }
  return solution;
}

const between = ([u0, v0], [u1, v1], part) => [u0 + part * (u1 - u0), v0 + part * (v1 - v0)];
const transposed = ([a, b, c, d]) => [a, c, b, d];
const subtracted = (a, b) => a.map((value, i) => value - b[i]);
const product = ([a, b, c, d], [e, f, g, h]) => [a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h];
const applied = ([a, b, c, d], [x, y]) => [a * x + b * y, c * x + d * y];

function inverted([a, b, c, d]) {
  const determinant = a * d - b * c;
  return [d / determinant, -b / determinant, -c / determinant, a / determinant];
}

function add(sum, values) {
  for (let i = 0; i < sum.length; i++) sum[i] += values[i];
}
