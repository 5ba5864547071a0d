// Gaussian likelihood: N(sigmoid(l), σ²). Draws may lie beyond black and white.

import { standardNormals } from "../normal.js";
import { sigmoid } from "../sigmoid.js";

const LN_SQRT_2PI = 0.9189385332046727;

export const gaussian = { logProb, sample, deviation };

/**
 * Σ −½((x − m)/σ)² − log σ − ½ log 2π (Kingma & Welling 2013, appendix C.2), in nats.
 * @param {ArrayLike<number>} x (D) grey values in [0, 1]
 * @param {ArrayLike<number>} logits (D) of m
 * @param {ArrayLike<number>} logScale (D) log σ
 */
function logProb(x, logits, logScale) {
  let sum = 0;
  for (let d = 0; d < x.length; d++) {
    const standard = (x[d] - sigmoid(logits[d])) * Math.exp(-logScale[d]);
    sum -= 0.5 * standard * standard + logScale[d] + LN_SQRT_2PI;
  }
  return sum;
}

function sample(logits, logScale, seed) {
  return standardNormals(logits.length, seed).map((eps, d) => sigmoid(logits[d]) + Math.exp(logScale[d]) * eps);
}

function deviation(logits, logScale) {
  return Float32Array.from(logScale, Math.exp);
}
