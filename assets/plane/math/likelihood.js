// The likelihood p(x|z): how probable a picture is by what the decoder says of its pixels.

import { bernoulli } from "./likelihood/bernoulli.js";
import { beta } from "./likelihood/beta.js";
import { continuousBernoulli } from "./likelihood/continuous-bernoulli.js";
import { gaussian } from "./likelihood/gaussian.js";
import { sigmoid } from "./sigmoid.js";

const FAMILIES = { bernoulli, "continuous-bernoulli": continuousBernoulli, gaussian, beta };

/**
 * What the decoder says of the pixels, as `createDecoder` gives it.
 * @typedef {{logits: ArrayLike<number>, scale: ?ArrayLike<number>}} Parameters (D) each
 */

/**
 * @param {{family: string, logScale: null | number | [number, number]}} description of log σ, or of a Beta's log ν: one
 *   number for all pixels, or the bounds between which `scale` moves it
 * @returns {{
 *   logProb: function(ArrayLike<number>, Parameters): number,
 *   sample: function(Parameters, number): Float32Array,
 *   deviation: function(Parameters): Float32Array,
 * }} log p(x|z) of x (D grey values in [0, 1]), in nats; a draw (D), the same for the same seed (a whole number), whose
 *   values may lie beyond [0, 1] if it is a Gaussian; and the standard deviation of each pixel (D)
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

/** The log scale of each of D pixels. */
function scales(logScale, raw, D) {
  if (logScale === null) return null;
  const values = new Float64Array(D);
  if (!Array.isArray(logScale)) return values.fill(logScale);
  const [low, high] = logScale;
  for (let d = 0; d < D; d++) values[d] = low + (high - low) * sigmoid(raw[d]);
  return values;
}
