// Nearest neighbours in the latent space.

/**
 * The k images whose means lie nearest to z, nearest first.
 * @param {Float32Array} mu (N, J), row-major
 * @param {ArrayLike<number>} z (J)
 * @param {number} k
 * @returns {{index: number, distance: number}[]} Euclidean distances in z
 */
export function nearestMeans(mu, z, k) {
  const J = z.length;
  /** @type {{index: number, square: number}[]} */
  const best = []; // by ascending square
  let worst = Infinity;
  for (let i = 0, n = mu.length / J; i < n; i++) {
    let square = 0;
    for (let j = 0, at = i * J; j < J; j++) {
      const d = mu[at + j] - z[j];
      square += d * d;
    }
    if (square >= worst) continue;
    let at = best.length < k ? best.length : k - 1;
    for (; at > 0 && best[at - 1].square > square; at--) best[at] = best[at - 1];
    best[at] = { index: i, square };
    if (best.length === k) worst = best[k - 1].square;
  }
  return best.map(({ index, square }) => ({ index, distance: Math.sqrt(square) }));
}
