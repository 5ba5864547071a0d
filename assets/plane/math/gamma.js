// The gamma function.

const LN_SQRT_2PI = 0.9189385332046727;

/**
 * ln Γ(a), by Stirling's series after a has been raised to 12 or more, where the series is exact to 3e-15.
 * @param {number} a above 0
 */
export function logGamma(a) {
  let raised = 1;
  for (; a < 12; a++) raised *= a;
  const r = 1 / (a * a);
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / a;
  return (a - 0.5) * Math.log(a) - a + LN_SQRT_2PI + series - Math.log(raised);
}
