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

/**
 * Indices of the points of each class, and the class's centre (median of each coordinate), by ascending label.
 * @returns {{label: number, indices: number[], centre: [number, number]}[]}
 */
export function classes({ x, y, labels }) {
  const byLabel = new Map();
  labels.forEach((label, i) => {
    if (!byLabel.has(label)) byLabel.set(label, []);
    byLabel.get(label).push(i);
  });
  return [...byLabel.keys()]
    .sort((a, b) => a - b)
    .map((label) => {
      const indices = byLabel.get(label);
      return { label, indices, centre: [median(indices, x), median(indices, y)] };
    });
}

function median(indices, values) {
  const sorted = Float32Array.from(indices, (i) => values[i]).sort();
  return sorted[sorted.length >> 1];
}

/** The square that holds all points and the prior's bulk (±2), with a margin: [from, to] of x, and of y. */
export function viewRanges({ x, y }) {
  const spans = [x, y].map((values) => values.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [-2, 2]));
  const half = 0.52 * Math.max(...spans.map(([low, high]) => high - low));
  return spans.map(([low, high]) => [(low + high) / 2 - half, (low + high) / 2 + half]);
}
