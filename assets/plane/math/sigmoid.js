// The logistic function.

/**
 * 1 / (1 + e⁻ˡ).
 * @param {number} l logit
 */
export function sigmoid(l) {
  return 1 / (1 + Math.exp(-l));
}
