// Pure geometry of points in the plane.

/**
 * The visible point nearest to (x, y), or -1 if none is within `radius`.
 * @param {{x: Float32Array, y: Float32Array, labels: Uint8Array}} points
 * @param {Set<number>} hidden labels that do not count
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

const CELL = 0.5; // edge of the cells in which points are counted, in units of z

/**
 * Indices of the points of each class, and where the class is at home, by ascending label.
 * @param {{x: Float32Array, y: Float32Array, labels: Uint8Array}} points
 * @param {{x: Float32Array, y: Float32Array, labels: Uint8Array}} residents whose places decide where that is
 * @returns {{label: number, indices: number[], home: [number, number]}[]}
 */
export function classes(points, residents = points) {
  const byLabel = indicesByLabel(points);
  const living = residents === points ? byLabel : indicesByLabel(residents);
  return [...byLabel.keys()]
    .sort((a, b) => a - b)
    .map((label) => ({ label, indices: byLabel.get(label), home: home(residents, living.get(label)) }));
}

function indicesByLabel({ labels }) {
  const byLabel = new Map();
  labels.forEach((label, i) => {
    if (!byLabel.has(label)) byLabel.set(label, []);
    byLabel.get(label).push(i);
  });
  return byLabel;
}

/** The mean of the points in their fullest cell: a class in several parts is named at one of them, not between them. */
function home({ x, y }, indices) {
  const cells = new Map();
  for (const i of indices) {
    const cell = `${Math.round(x[i] / CELL)} ${Math.round(y[i] / CELL)}`;
    if (!cells.has(cell)) cells.set(cell, []);
    cells.get(cell).push(i);
  }
  const fullest = [...cells.values()].reduce((most, cell) => (cell.length > most.length ? cell : most));
  return [x, y].map((values) => fullest.reduce((sum, i) => sum + values[i], 0) / fullest.length);
}

/** The square that holds all points and the prior's bulk (±2), with a margin: [from, to] of x, and of y. */
export function viewRanges({ x, y }) {
  const spans = [x, y].map((values) => values.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [-2, 2]));
  const half = 0.52 * Math.max(...spans.map(([low, high]) => high - low));
  return spans.map(([low, high]) => [(low + high) / 2 - half, (low + high) / 2 + half]);
}
