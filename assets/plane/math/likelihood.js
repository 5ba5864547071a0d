// Likelihoods p(x|z): log-probability, draws and standard deviation, for each family.

import { bernoulli } from "./likelihood/bernoulli.js";
import { beta } from "./likelihood/beta.js";
import { continuousBernoulli } from "./likelihood/continuous-bernoulli.js";
import { gaussian } from "./likelihood/gaussian.js";
import { sigmoid } from "./sigmoid.js";

/**
 * @import { Likelihood, Parameters } from "../types.js"
 *
 * What each family computes from logits and log scales (D).
 * @typedef {object} Family
 * @property {(x: ArrayLike<number>, logits: ArrayLike<number>, logScale: any) => number} logProb
 * @property {(logits: ArrayLike<number>, logScale: any, seed: number) => Float32Array} sample
 * @property {(logits: ArrayLike<number>, logScale: any) => Float32Array} deviation
 */

/** @type {Record<string, Family>} */
const FAMILIES = { bernoulli, "continuous-bernoulli": continuousBernoulli, gaussian, beta };

/**
 * @param {Likelihood} description
 * @returns {{
 *   logProb: (x: ArrayLike<number>, parameters: Parameters) => number,
 *   sample: (parameters: Parameters, seed: number) => Float32Array,
 *   deviation: (parameters: Parameters) => Float32Array,
 * }} logProb: log p(x|z) in nats, x (D) in [0, 1]; sample: a draw (D), the same for the same seed (a whole number), and
 *   beyond [0, 1] too for a Gaussian; deviation: standard deviation of each pixel (D)
 * @throws {Error} if the family is unknown
 */
export function createLikelihood({ family, logScale }) {
  const of = FAMILIES[family];
  if (!of) throw new Error(`likelihood: unknown family ${family}; known are ${Object.keys(FAMILIES)}`);
  return {
    logProb: (x, { logits, scale }) => of.logProb(x, logits, scales(logScale, scale, logits.length)),
    sample: ({ logits, scale }, seed) => of.sample(logits, scales(logScale, scale, logits.length), seed),
    deviation: ({ logits, scale }) => of.deviation(logits, scales(logScale, scale, logits.length)),
  };
}

/**
 * Log scale of each of D pixels.
 * @param {Likelihood["logScale"]} logScale
 * @param {?ArrayLike<number>} raw output of the scale layer
 * @param {number} D
 */
function scales(logScale, raw, D) {
  if (logScale === null) return null;
  const values = new Float64Array(D);
  if (!Array.isArray(logScale)) return values.fill(logScale);
  if (!raw) throw new Error("likelihood: the scale layer is missing");
  const [low, high] = logScale;
  for (let d = 0; d < D; d++) values[d] = low + (high - low) * sigmoid(raw[d]);
  return values;
}
