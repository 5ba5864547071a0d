// Class counts and means of selected images.

/**
 * Number of images of each label, as [label, n] by ascending label.
 * @param {ArrayLike<number>} labels
 * @param {Iterable<number>} indices
 */
export function labelCounts(labels, indices) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const i of indices) counts.set(labels[i], (counts.get(labels[i]) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a - b);
}

/**
 * Mean (J) of some rows of a matrix.
 * @param {ArrayLike<number>} matrix (N, J), row-major
 * @param {number} J
 * @param {ArrayLike<number> & Iterable<number>} indices
 */
export function meanRow(matrix, J, indices) {
  const sum = new Float64Array(J);
  for (const i of indices) for (let j = 0; j < J; j++) sum[j] += matrix[i * J + j];
  return Float32Array.from(sum, (value) => value / indices.length);
}
