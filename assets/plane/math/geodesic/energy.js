// Energy of a curve through the plane in the decoder's metric, and the Gauss–Newton step that lowers it.

import { metric } from "../jacobian.js";

/** @import { Place, Tangents } from "../../types.js" */

const CHORDS = 3; // a piece: from node to node alone, a curve could leap over a ridge
const EVALUATIONS = 8; // between two yields

/**
 * A curve, evaluated at its nodes and at places between them, n + 1 in all. r are the differences x_{j+1} − x_j of the
 * pictures, J their derivatives by the nodes.
 * @typedef {object} Curve
 * @property {Place[]} nodes
 * @property {number} length Σ‖x_{j+1} − x_j‖
 * @property {number} energy n·Σ‖x_{j+1} − x_j‖² ≥ length², with equality if the picture changes evenly
 * @property {number[][]} slopes Jᵀr, [u, v] of each node
 * @property {number[][]} blocks JᵀJ of each node with itself, row-major
 * @property {number[][]} couplings JᵀJ of each node with the next one, row-major
 */

/**
 * Evaluate a curve.
 * @param {(place: Place) => Tangents} tangentsAt along u and v; may reuse its arrays
 * @param {Place[]} nodes at least two
 * @returns {Generator<void, Curve>} yields after every few pictures
 */
export function* evaluated(tangentsAt, nodes) {
  const pieces = nodes.length - 1;
  const n = pieces * CHORDS;
  const blank = (/** @type {number} */ length, /** @type {number} */ size) => Array.from({ length }, () => new Array(size).fill(0));
  const [slopes, blocks, couplings] = [blank(pieces + 1, 2), blank(pieces + 1, 4), blank(pieces, 4)];
  let [length, squares] = [0, 0];
  let before = differentiated(tangentsAt, nodes[0]);
  for (let j = 0; j < n; j++) {
    const piece = Math.floor(j / CHORDS);
    const [start, end] = [j % CHORDS, (j % CHORDS) + 1].map((k) => k / CHORDS);
    const now = differentiated(tangentsAt, between(nodes[piece], nodes[piece + 1], end));
    const { square, pulls, inner } = chord(before, now);
    length += Math.sqrt(square);
    squares += square;
    // A place between two nodes moves with both: ∂place/∂node is 1 − part for the first, part for the second.
    const [one, other] = [[1 - start, 1 - end], [start, end]];
    add(slopes[piece], pulls(one));
    add(slopes[piece + 1], pulls(other));
    add(blocks[piece], inner(one, one));
    add(blocks[piece + 1], inner(other, other));
    add(couplings[piece], inner(one, other));
    before = now;
    if (j % EVALUATIONS === EVALUATIONS - 1) yield;
  }
  return { nodes, length, energy: n * squares, slopes, blocks, couplings };
}

/**
 * Gauss–Newton step [u, v] of each node; the ends stay.
 * @param {Curve} curve
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

/** The picture x, its derivatives a and b, and JᵀJ, in arrays of their own. */
function differentiated(tangentsAt, place) {
  const found = tangentsAt(place);
  const { pixels, tangents: [a, b] } = found;
  const [e, f, g] = metric(found);
  return { x: pixels.slice(), a: a.slice(), b: b.slice(), metric: [e, f, f, g] };
}

/** ‖r‖² of the difference r of two pictures, and the products Jᵀr and JᵀJ with J = p₁·(end's J) − p₀·(start's J). */
function chord(start, end) {
  const { square, across, startPull, endPull } = products(start, end);
  const back = transposed(across);
  return {
    square,
    pulls: (/** @type {number[]} */ [p0, p1]) => endPull.map((pull, i) => p1 * pull - p0 * startPull[i]),
    inner: (/** @type {number[]} */ [p0, p1], /** @type {number[]} */ [q0, q1]) => across.map((_, i) =>
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

/** Solve a symmetric block tridiagonal system, given its diagonal, its upper blocks (2 × 2 each) and its right side. */
function solveTridiagonal(diagonal, upper, right) {
  /** @type {number[][]} */
  const factors = [];
  /** @type {number[][]} */
  const solution = [];
  for (const [k, block] of diagonal.entries()) {
    const lower = k ? transposed(upper[k - 1]) : [];
    const inverse = inverted(k ? subtracted(block, product(lower, factors[k - 1])) : block);
    solution.push(applied(inverse, k ? subtracted(right[k], applied(lower, solution[k - 1])) : right[k]));
    if (k < upper.length) factors.push(product(inverse, upper[k]));
  }
  for (let k = upper.length - 1; k >= 0; k--) {
    solution[k] = subtracted(solution[k], applied(factors[k], solution[k + 1]));
  }
  return solution;
}

/** @typedef {number[]} Vector of 2 */
/** @typedef {number[]} Matrix 2 × 2, row-major */

/** @type {(from: Place, to: Place, part: number) => Place} */
const between = ([u0, v0], [u1, v1], part) => [u0 + part * (u1 - u0), v0 + part * (v1 - v0)];
/** @type {(matrix: Matrix) => Matrix} */
const transposed = ([a, b, c, d]) => [a, c, b, d];
/** @type {(a: number[], b: number[]) => number[]} */
const subtracted = (a, b) => a.map((value, i) => value - b[i]);
/** @type {(left: Matrix, right: Matrix) => Matrix} */
const product = ([a, b, c, d], [e, f, g, h]) => [a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h];
/** @type {(matrix: Matrix, vector: Vector) => Vector} */
const applied = ([a, b, c, d], [x, y]) => [a * x + b * y, c * x + d * y];

/**
 * @param {Matrix} matrix
 * @returns {Matrix}
 */
function inverted([a, b, c, d]) {
  const determinant = a * d - b * c;
  return [d / determinant, -b / determinant, -c / determinant, a / determinant];
}

function add(sum, values) {
  for (let i = 0; i < sum.length; i++) sum[i] += values[i];
}
