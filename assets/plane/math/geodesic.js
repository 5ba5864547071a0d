// Geodesics of the decoder's metric JᵀJ: the paths along which the picture changes least.

import { createTangents, metric } from "./jacobian.js";
import { pictureLength, resampled } from "./path.js";

/**
 * @import { Layer, Place, PlanePayload, Tangents } from "../types.js"
 * @import { Curve } from "./geodesic/energy.js"
 */
import { energyStep, evaluated } from "./geodesic/energy.js";
import { shortestOnGrid } from "./geodesic/grid.js";

const NODES = 25; // of a curve, including its ends
const MOST_STEPS = { around: 24, straight: 12 }; // of the descent from each start
const SHARES = { grid: 0.4, around: 0.35, straight: 0.2 }; // of the running time; comparing takes the rest
const ENOUGH = 1e-4; // relative decrease of the energy below which the descent ends
const FINE = 8; // pieces between two nodes when curves are compared
const WORTH = 0.999; // of the straight line's length: a curve that saves less is not worth the bend

/**
 * The best curve so far, its length Σ‖Δx‖₂ and energy (null until they are known), and the part of the work done, 0…1.
 * @typedef {{places: Place[], length: ?number, energy: ?number, done: number}} Progress
 */

/**
 * Discrete geodesic between two places. Energy is minimised from two starts, the shortest path on a grid (which may go
 * around a ridge) and the straight line; the shorter result in picture space wins.
 * @param {PlanePayload} payload
 * @param {Place} from
 * @param {Place} to
 * @returns {Generator<Progress, Place[]>} yields often; returns a curve, ends included, that is never longer in picture
 *   space than the straight line
 */
export function* geodesic(payload, from, to) {
  const tangentsAt = tangentsIn(payload);
  const line = resampled([from, to], NODES);
  /** @type {Progress} */
  let told = { places: line, length: null, energy: null, done: 0 };
  const tell = (/** @type {number} */ done, /** @type {?Curve} */ curve = null) => {
    const better = curve && (told.length === null || curve.length < told.length);
    return (told = { ...told, ...(better ? described(curve) : {}), done });
  };

  const straight = yield* telling(evaluated(tangentsAt, line), () => tell(0));
  yield tell(0, straight);
  let before = 0;
  const metricAt = (/** @type {Place} */ place) => metric(tangentsAt(place));
  const onGrid = yield* telling(shortestOnGrid(metricAt, from, to), (part) => tell(part * SHARES.grid));
  before += SHARES.grid;
  const around = yield* telling(evaluated(tangentsAt, resampled(onGrid, NODES)), () => tell(before));
  const curves = [straight];
  for (const [start, mostSteps, share] of /** @type {[Curve, number, number][]} */ ([
    [around, MOST_STEPS.around, SHARES.around], [straight, MOST_STEPS.straight, SHARES.straight],
  ])) {
    const descent = minimised(tangentsAt, start, mostSteps);
    curves.push(yield* telling(descent, ({ part, curve }) => tell(before + part * share, curve)));
    before += share;
  }
  const lengths = [];
  for (const { nodes } of curves) lengths.push(yield* telling(measured(payload.decode, nodes), () => tell(before)));
  lengths[0] *= WORTH;
  const shortest = curves[lengths.indexOf(Math.min(...lengths))];
  yield { ...described(shortest), done: 1 };
  return shortest.nodes;
}

const described = (/** @type {Curve} */ { nodes, length, energy }) => ({ places: nodes, length, energy });

/**
 * Minimise the energy of a curve by damped Gauss–Newton steps; yields the curve and the part of `mostSteps` taken.
 * @param {(place: Place) => Tangents} tangentsAt
 * @param {Curve} curve
 * @param {number} mostSteps
 * @returns {Generator<{curve: Curve, part: number}, Curve>}
 */
function* minimised(tangentsAt, curve, mostSteps) {
  let damping = 0.01;
  for (let step = 0; step < mostSteps && damping < 1e4; step++) {
    const current = curve;
    const moves = energyStep(current, damping);
    const nodes = current.nodes.map(([u, v], k) => [u + moves[k][0], v + moves[k][1]]);
    const next = yield* telling(evaluated(tangentsAt, nodes), () => ({ curve: current, part: step / mostSteps }));
    const gain = 1 - next.energy / current.energy;
    if (gain > 0) curve = next;
    if (gain > 0 && gain < ENOUGH) break;
    damping = gain > 0 ? Math.max(1e-5, damping / 3) : damping * 8;
  }
  return curve;
}

/**
 * Σ‖Δx‖₂ along a curve, between places so close that their pictures hardly differ.
 * @param {(place: Place) => Float32Array} decode
 * @param {Place[]} nodes
 * @returns {Generator<void, number>}
 */
function* measured(decode, nodes) {
  let sum = 0;
  for (let k = 0; k + 1 < nodes.length; k++) {
    sum += pictureLength(decode, resampled([nodes[k], nodes[k + 1]], FINE + 1));
    yield;
  }
  return sum;
}

/**
 * A generator that yields `tell` of each value in place of the value.
 * @template Step, Result, Told
 * @param {Generator<Step, Result>} work
 * @param {(step: Step) => Told} tell
 * @returns {Generator<Told, Result>}
 */
function* telling(work, tell) {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    yield tell(step.value);
  }
}

/** @type {WeakMap<Layer[], ReturnType<typeof createTangents>>} */
const tangentsByLayers = new WeakMap();

/** @param {PlanePayload} payload */
function tangentsIn({ decoderLayers, mean, toLatent, chart }) {
  let tangents = tangentsByLayers.get(decoderLayers);
  if (!tangents) tangentsByLayers.set(decoderLayers, (tangents = createTangents(decoderLayers, mean)));
  const evaluate = tangents;
  return (/** @type {Place} */ place) => evaluate(toLatent(place), chart.axes);
}
