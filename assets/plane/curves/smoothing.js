// The smoothing of noisy curves.

/**
 * The exponential moving average, debiased as TensorBoard does: an average of what came so far, weighted by
 * weight^age, so that it starts at the first value and not at zero.
 * @param {number[]} values
 * @param {number} weight 0 (nothing is smoothed) up to, not including, 1
 * @returns {number[]} as many values
 */
export function smoothed(values, weight) {
  let sum = 0, total = 0;
  return values.map((value) => {
    sum = weight * sum + (1 - weight) * value;
    total = weight * total + (1 - weight);
    return sum / total;
  });
}
