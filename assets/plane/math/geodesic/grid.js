// Shortest paths on a grid, in the decoder's metric.

/** @import { Place } from "../../types.js" */

const GRID = 48; // nodes along the longer side; 40 lengthen some paths, 56 shorten few
const MARGIN = 0.5; // around the ends, as a part of the distance between them
const STEPS = [[1, 0], [0, 1], [1, 1], [2, 1], [1, 2], [3, 1], [1, 3], [3, 2], [2, 3]]; // and mirrored
const EDGES = STEPS.flatMap(([x, y]) => [[x, y], [-x, -y], ...(x && y ? [[x, -y], [-x, y]] : [])]).map(edge);

/** A step, and the nodes below it with their shares of it, so that no ridge is leapt over. */
function edge(/** @type {number[]} */ [dx, dy]) {
  const n = Math.max(Math.abs(dx), Math.abs(dy));
  const under = Array.from({ length: n + 1 }, (_, k) => [
    Math.round((k * dx) / n), Math.round((k * dy) / n), (k === 0 || k === n ? 0.5 : 1) / n,
  ]);
  return { dx, dy, under };
}

/**
 * @param {(place: Place) => number[]} metricAt place ↦ [E, F, G], see `metric`
 * @param {Place} from
 * @param {Place} to
 * @returns {Generator<number, Place[]>} yields the part done, 0…1; returns the path, ends included
 */
export function* shortestOnGrid(metricAt, from, to) {
  const grid = gridAround(from, to);
  const metrics = [];
  for (let node = 0; node < grid.columns * grid.rows; node++) {
    metrics.push(metricAt(grid.placeOf(node)));
    if (node % 8 === 7) yield node / (grid.columns * grid.rows);
  }
  const nodes = yield* shortest(grid, metrics, grid.nodeAt(from), grid.nodeAt(to));
  return [from, ...nodes.slice(1, -1).map(grid.placeOf), to];
}

function gridAround(from, to) {
  const reach = Math.max(1e-6, Math.hypot(to[0] - from[0], to[1] - from[1]));
  const low = from.map((value, axis) => Math.min(value, to[axis]) - MARGIN * reach);
  const high = from.map((value, axis) => Math.max(value, to[axis]) + MARGIN * reach);
  const step = Math.max(high[0] - low[0], high[1] - low[1]) / (GRID - 1);
  const [columns, rows] = low.map((start, axis) => Math.round((high[axis] - start) / step) + 1);
  return {
    columns, rows,
    placeOf: (/** @type {number} */ node) => [low[0] + (node % columns) * step, low[1] + Math.floor(node / columns) * step],
    nodeAt: (/** @type {Place} */ [u, v]) => Math.round((v - low[1]) / step) * columns + Math.round((u - low[0]) / step),
  };
}

/** Nodes of the shortest path (Dijkstra 1959); yields often. */
function* shortest({ columns, rows }, metrics, source, sink) {
  const best = new Float64Array(columns * rows).fill(Infinity);
  const previous = new Int32Array(columns * rows).fill(-1);
  const done = new Uint8Array(columns * rows);
  best[source] = 0;
  let reached = 0;
  for (let node = source; node !== sink; node = nearest(best, done)) {
    done[node] = 1;
    if (++reached % 100 === 0) yield 1;
    const [column, row] = [node % columns, Math.floor(node / columns)];
    for (const { dx, dy, under } of EDGES) {
      const [x, y] = [column + dx, row + dy];
      if (x < 0 || y < 0 || x >= columns || y >= rows) continue;
      let total = best[node];
      for (const [ux, uy, part] of under) total += part * lengthBy(metrics[(row + uy) * columns + column + ux], dx, dy);
      const other = y * columns + x;
      if (total >= best[other]) continue;
      best[other] = total;
      previous[other] = node;
    }
  }
  const nodes = [];
  for (let node = sink; node !== -1; node = previous[node]) nodes.unshift(node);
  return nodes;
}

function nearest(best, done) {
  let found = -1;
  for (let node = 0; node < best.length; node++) {
    if (!done[node] && (found < 0 || best[node] < best[found])) found = node;
  }
  return found;
}

/** √(E dx² + 2F dx dy + G dy²). */
function lengthBy([e, f, g], dx, dy) {
  return Math.sqrt(Math.max(0, e * dx * dx + 2 * f * dx * dy + g * dy * dy));
}
