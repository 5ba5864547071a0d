// Class counts and means of selected images.

/** How many of the indices have each label, as [label, n] by ascending label. */
export function labelCounts(labels, indices) {
  const counts = new Map();
  for (const i of indices) counts.set(labels[i], (counts.get(labels[i]) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a - b);
}

/** The mean of some rows of a matrix (N, J), kept row by row; (J). */
export function meanRow(matrix, J, indices) {
  const sum = new Float64Array(J);
  for (const i of indices) for (let j = 0; j < J; j++) sum[j] += matrix[i * J + j];
  return Float32Array.from(sum, (value) => value / indices.length);
}
