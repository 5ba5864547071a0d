// The shortest way between two places, measured by how the decoder's picture changes along it: the metric JᵀJ.

import { createTangents, metric } from "./jacobian.js";
import { pictureLength, resampled } from "./path.js";
import { energyStep, look } from "./geodesic/energy.js";
import { wayOnGrid } from "./geodesic/grid.js";

const NODES = 25; // of a way, its ends among them
const MOST_STEPS = { around: 24, straight: 12 }; // by where they start
const SHARES = { grid: 0.4, around: 0.35, straight: 0.2 }; // of the time; the rest goes into comparing
const ENOUGH = 1e-4; // a step that lowers the energy by less than this part of it is the last
const FINE = 8; // pieces between two nodes when ways are compared
const WORTH = 0.999; // of the straight line's length: for less than that nothing is gained by bending

/**
 * Progress: the best way so far, Σ‖Δx‖₂ of its pictures and its energy (null until they are known; see `look`), and how
 * much is done, 0…1.
 * @typedef {{places: number[][], length: ?number, energy: ?number, done: number}} Progress
 */

/**
 * The discrete geodesic: of the ways of least energy that are found from the shortest way on a grid, which may lead
 * around, and from the straight line, the one that is shorter in pictures.
 * @param {object} payload seen in a plane, see `inPlane`
 * @param {number[]} from place
 * @param {number[]} to place
 * @returns {Generator<Progress, number[][]>} rests often; returns the places, ends included, of a way that is never
 *   longer, in pictures, than the straight line
 */
export function* geodesic(payload, from, to) {
  const tangentsAt = tangentsIn(payload);
  const line = resampled([from, to], NODES);
  let told = { places: line, length: null, energy: null, done: 0 };
  const tell = (done, way) => {
    const better = way && (told.length === null || way.length < told.length);
    return (told = { ...told, ...(better ? described(way) : {}), done });
  };

  const straight = yield* telling(look(tangentsAt, line), () => tell(0));
  yield tell(0, straight);
  let before = 0;
  const metricAt = (place) => metric(tangentsAt(place));
  const onGrid = yield* telling(wayOnGrid(metricAt, from, to), (part) => tell(part * SHARES.grid));
  before += SHARES.grid;
  const around = yield* telling(look(tangentsAt, resampled(onGrid, NODES)), () => tell(before));
  const ways = [straight];
  for (const [name, start] of Object.entries({ around, straight })) {
    const lowering = lowered(tangentsAt, start, MOST_STEPS[name]);
    ways.push(yield* telling(lowering, ({ part, way }) => tell(before + part * SHARES[name], way)));
    before += SHARES[name];
  }
  const lengths = [];
  for (const { nodes } of ways) lengths.push(yield* telling(measured(payload.decode, nodes), () => tell(before)));
  lengths[0] *= WORTH;
  const shortest = ways[lengths.indexOf(Math.min(...lengths))];
  yield { ...described(shortest), done: 1 };
  return shortest.nodes;
}

const described = ({ nodes, length, energy }) => ({ places: nodes, length, energy });

/** Lower the energy of a way until it rests; yields the way and what part of the most steps is done. */
function* lowered(tangentsAt, way, mostSteps) {
  let damping = 0.01;
  for (let step = 0; step < mostSteps && damping < 1e4; step++) {
    const moves = energyStep(way, damping);
    const nodes = way.nodes.map(([u, v], k) => [u + moves[k][0], v + moves[k][1]]);
    const next = yield* telling(look(tangentsAt, nodes), () => ({ way, part: step / mostSteps }));
    const gain = 1 - next.energy / way.energy;
    if (gain > 0) way = next;
    if (gain > 0 && gain < ENOUGH) break;
    damping = gain > 0 ? Math.max(1e-5, damping / 3) : damping * 8;
  }
  return way;
}

/** Σ‖Δx‖₂ along the way, at so many places that the pictures between them hardly differ. */
function* measured(decode, nodes) {
  let sum = 0;
  for (let k = 0; k + 1 < nodes.length; k++) {
    sum += pictureLength(decode, resampled([nodes[k], nodes[k + 1]], FINE + 1));
    yield;
  }
  return sum;
}

/** Work whose rests tell something. */
function* telling(work, tell) {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    yield tell(value);
  }
}

const tangentsByLayers = new WeakMap();

function tangentsIn({ decoderLayers, mean, toLatent, chart }) {
  if (!tangentsByLayers.has(decoderLayers)) tangentsByLayers.set(decoderLayers, createTangents(decoderLayers, mean));
  const tangents = tangentsByLayers.get(decoderLayers);
  return (place) => tangents(toLatent(place), chart.axes);
}
