// Beta likelihood: x′ ~ Beta(ν·m, ν·(1 − m)), m = sigmoid(l), where x′ = (255·x + ½)/256 keeps off the poles at 0 and 1.

import { logGamma } from "../gamma.js";
import { uniforms } from "../normal.js";
import { sigmoid } from "../sigmoid.js";

const FLOOR = 1e-4; // of α and β

export const beta = { logProb, sample, deviation };

/**
 * Σ log Beta(x′; α, β), in nats.
 * @param {ArrayLike<number>} x (D) grey values in [0, 1]
 * @param {ArrayLike<number>} logits (D) of m
 * @param {ArrayLike<number>} logScale (D) log ν
 */
function logProb(x, logits, logScale) {
  let sum = 0;
  for (let d = 0; d < x.length; d++) {
    const nu = Math.exp(logScale[d]);
    const [a, b] = [nu * sigmoid(logits[d]) + FLOOR, nu * sigmoid(-logits[d]) + FLOOR];
    const inside = (255 * x[d] + 0.5) / 256;
    sum += logGamma(a + b) - logGamma(a) - logGamma(b) + (a - 1) * Math.log(inside) + (b - 1) * Math.log1p(-inside);
  }
  return sum;
}

/** A draw of x′. Each pixel has its own random stream, since rejection sampling uses a varying number of draws. */
function sample(logits, logScale, seed) {
  const ownSeed = uniforms(seed);
  return Float32Array.from(logits, (l, d) => {
    const uniform = uniforms(2 ** 32 * ownSeed());
    const nu = Math.exp(logScale[d]);
    const logOdds = logGammaDraw(nu * sigmoid(l) + FLOOR, uniform) - logGammaDraw(nu * sigmoid(-l) + FLOOR, uniform);
    return sigmoid(logOdds);
  });
}

/** Standard deviation of x′. */
function deviation(logits, logScale) {
  return Float32Array.from(logits, (l, d) => {
    const nu = Math.exp(logScale[d]);
    const [a, b] = [nu * sigmoid(l) + FLOOR, nu * sigmoid(-l) + FLOOR];
    return Math.sqrt((a * b) / (a + b + 1)) / (a + b);
  });
}

/** Logarithm of a draw from Gamma(a, 1) = Gamma(a + 1, 1)·u^(1/a) (Marsaglia & Tsang 2000). */
function logGammaDraw(a, uniform) {
  const d = a + 2 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const eps = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    const v = (1 + c * eps) ** 3;
    if (v <= 0 || Math.log(1 - uniform()) >= 0.5 * eps * eps + d * (1 - v + Math.log(v))) continue;
    return Math.log(d * v) + Math.log(1 - uniform()) / a;
  }
}
