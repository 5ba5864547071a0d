// Nearest points, classes and extents of a scatter.

/** @import { LabelledPoints, Place, Ranges } from "../types.js" */

/**
 * Index of the visible point nearest to a place, or -1 if none is within `radius`.
 * @param {LabelledPoints} points
 * @param {Place} place
 * @param {number} radius
 * @param {Set<number>} hidden labels to leave out
 */
export function nearestPoint({ x: xs, y: ys, labels }, [x, y], radius, hidden = new Set()) {
  let best = -1;
  let bestSquare = radius * radius;
  for (let i = 0; i < xs.length; i++) {
    const dx = xs[i] - x;
    const dy = ys[i] - y;
    const square = dx * dx + dy * dy;
    if (square <= bestSquare && !hidden.has(labels[i])) {
      best = i;
      bestSquare = square;
    }
  }
  return best;
}

const CELL = 0.5; // units of z, edge of the cells that find a class's densest part

/**
 * Point indices of each class and its home, where its label is written; by ascending label.
 * @param {LabelledPoints} points
 * @param {LabelledPoints} residents points that decide the homes
 * @returns {{label: number, indices: number[], home: Place}[]}
 */
export function classes(points, residents = points) {
  const byLabel = indicesByLabel(points);
  const living = residents === points ? byLabel : indicesByLabel(residents);
  return [...byLabel.keys()]
    .sort((a, b) => a - b)
    .map((label) => ({ label, indices: byLabel.get(label) ?? [], home: home(residents, living.get(label) ?? []) }));
}

/** @param {LabelledPoints} points */
function indicesByLabel({ labels }) {
  return grouped(labels.keys(), (i) => labels[i]);
}

/**
 * Mean of the points in their fullest cell: the label of a class in several parts must not fall between them.
 * @param {LabelledPoints} points
 * @param {number[]} indices
 */
function home({ x, y }, indices) {
  const cells = grouped(indices, (i) => `${Math.round(x[i] / CELL)} ${Math.round(y[i] / CELL)}`);
  const fullest = [...cells.values()].reduce((most, cell) => (cell.length > most.length ? cell : most));
  return [x, y].map((values) => fullest.reduce((sum, i) => sum + values[i], 0) / fullest.length);
}

/**
 * @template Key
 * @param {Iterable<number>} indices
 * @param {(i: number) => Key} keyOf
 */
function grouped(indices, keyOf) {
  /** @type {Map<Key, number[]>} */
  const groups = new Map();
  for (const i of indices) {
    const key = keyOf(i);
    const group = groups.get(key);
    if (group) group.push(i);
    else groups.set(key, [i]);
  }
  return groups;
}

/**
 * The square that holds all points and the prior's bulk (±2), with a margin.
 * @param {{x: ArrayLike<number>, y: ArrayLike<number>}} points
 * @returns {Ranges}
 */
export function viewRanges({ x, y }) {
  const spans = [x, y].map(extentOf);
  const half = 0.52 * Math.max(...spans.map(([low, high]) => high - low));
  return spans.map(([low, high]) => [(low + high) / 2 - half, (low + high) / 2 + half]);
}

/** Lowest and highest of the values and of ±2. */
function extentOf(values) {
  let [low, high] = [-2, 2];
  for (let i = 0; i < values.length; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  return [low, high];
}
