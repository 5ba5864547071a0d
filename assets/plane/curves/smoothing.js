// Smoothing of noisy curves.

/**
 * Exponential moving average, debiased as in TensorBoard so that it starts at the first value and not at zero.
 * @param {number[]} values
 * @param {number} weight in [0, 1); 0: no smoothing
 */
export function smoothed(values, weight) {
  let sum = 0, total = 0;
  return values.map((value) => {
    sum = weight * sum + (1 - weight) * value;
    total = weight * total + (1 - weight);
    return sum / total;
  });
}
