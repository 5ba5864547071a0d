// Standard normal distribution: seeded draws, CDF, quantiles; the χ² distribution.

import { logGamma } from "./gamma.js";

const LN_SQRT_2PI = 0.9189385332046727;

/**
 * `n` draws from N(0, 1), the same for the same seed.
 * @param {number} n
 * @param {number} seed a whole number
 */
export function standardNormals(n, seed) {
  const uniform = uniforms(seed);
  const draws = new Float32Array(n);
  for (let i = 0; i < n; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform())); // Box & Muller (1958)
    const angle = 2 * Math.PI * uniform();
    draws[i] = radius * Math.cos(angle);
    if (i + 1 < n) draws[i + 1] = radius * Math.sin(angle);
  }
  return draws;
}

/**
 * A generator of uniform draws from [0, 1): mulberry32.
 * @param {number} seed a whole number
 */
export function uniforms(seed) {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0; // spreads neighbouring seeds
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Φ(x) = P(Z ≤ x).
 * @param {number} x
 */
export function normalCdf(x) {
  const tail = 0.5 * regularisedGamma(0.5, 0.5 * x * x).upper;
  return x < 0 ? tail : 1 - tail;
}

/**
 * Φ⁻¹(p): Acklam's rational approximation, refined by one step of Halley's method.
 * @param {number} p in (0, 1); ±∞ at the ends, NaN outside
 */
export function normalQuantile(p) {
  if (!(p > 0 && p < 1)) return p === 0 ? -Infinity : p === 1 ? Infinity : NaN;
  const x = acklam(Math.min(p, 1 - p)); // in the lower half, where p has all its digits
  const u = (normalCdf(x) - Math.min(p, 1 - p)) * Math.exp(0.5 * x * x + LN_SQRT_2PI);
  const refined = x - u / (1 + 0.5 * x * u);
  return p <= 0.5 ? refined : -refined;
}

/**
 * P(χ² ≤ x) with k degrees of freedom.
 * @param {number} x
 * @param {number} k
 */
export function chiSquareCdf(x, k) {
  return x <= 0 ? 0 : regularisedGamma(0.5 * k, 0.5 * x).lower;
}

function acklam(p) {
  if (p < 0.02425) {
    const t = Math.sqrt(-2 * Math.log(p));
    return (((((-7.784894002430293e-3 * t - 3.223964580411365e-1) * t - 2.400758277161838) * t - 2.549732539343734) * t
      + 4.374664141464968) * t + 2.938163982698783)
      / ((((7.784695709041462e-3 * t + 3.224671290700398e-1) * t + 2.445134137142996) * t + 3.754408661907416) * t + 1);
  }
  const d = p - 0.5;
  const r = d * d;
  return ((((((-3.969683028665376e1 * r + 2.209460984245205e2) * r - 2.759285104469687e2) * r + 1.38357751867269e2) * r
    - 3.066479806614716e1) * r + 2.506628277459239) * d)
    / (((((-5.447609879822406e1 * r + 1.615858368580409e2) * r - 1.556989798598866e2) * r + 6.680131188771972e1) * r
    - 1.328068155288572e1) * r + 1);
}

/** Regularised incomplete gamma functions P(a, x) and Q(a, x): a series for small x, a continued fraction for large. */
function regularisedGamma(a, x) {
  if (x === 0) return { lower: 0, upper: 1 };
  if (x === Infinity) return { lower: 1, upper: 0 };
  const most = 1000 + 20 * Math.sqrt(a); // terms, enough for 17 digits at any a
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; n < most && term > sum * 1e-17; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return { lower: front * sum, upper: 1 - front * sum };
  }
  let b = x + 1 - a; // Lentz's method
  let c = 1e300;
  let d = 1 / b;
  let h = d;
  for (let i = 1; i < most; i++) {
    const an = -i * (i - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    h *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return { lower: 1 - front * h, upper: front * h };
}
