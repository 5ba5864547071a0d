// Fully connected networks.

import { mean as continuousBernoulliMean } from "./likelihood/continuous-bernoulli.js";

/** @import { Layer } from "../types.js" */

const LEAST_VARIANCE = 1e-8; // added to σ² by `log-square`

// In place and over a whole layer, since a call for each value would cost more than the value.
/** @type {Record<string, (values: Float32Array) => void>} */
export const ACTIVATIONS = {
  identity() {},
  relu(values) {
    for (let i = 0; i < values.length; i++) if (values[i] < 0) values[i] = 0;
  },
  tanh(values) {
    for (let i = 0; i < values.length; i++) values[i] = Math.tanh(values[i]);
  },
  sine(values) {
    for (let i = 0; i < values.length; i++) values[i] = Math.sin(values[i]);
  },
  sigmoid(values) {
    for (let i = 0; i < values.length; i++) values[i] = 1 / (1 + Math.exp(-values[i]));
  },
  "continuous-bernoulli"(values) {
    for (let i = 0; i < values.length; i++) values[i] = continuousBernoulliMean(values[i]);
  },
  "log-square"(values) {
    for (let i = 0; i < values.length; i++) values[i] = Math.log(values[i] * values[i] + LEAST_VARIANCE);
  },
};

/**
 * @param {Layer[]} layers in order
 * @returns {(input: ArrayLike<number>) => Float32Array} input ↦ output of the last layer; the array is reused by the next
 *   call
 * @throws {Error} if a layer names an unknown activation or does not fit the one before it
 */
export function createNetwork(layers) {
  const steps = layers.map(prepare);
  steps.forEach((step, i) => {
    if (i > 0 && step.nIn !== steps[i - 1].nOut) throw new Error(`network: layer ${i} does not fit the one before it`);
  });
  return (input) => /** @type {Float32Array} */ (steps.reduce((values, step) => apply(step, values), input));
}

function prepare({ nIn, nOut, activation, weight, bias }) {
  const activate = ACTIVATIONS[activation];
  if (!activate) throw new Error(`network: unknown activation ${activation}; known are ${Object.keys(ACTIVATIONS)}`);
  const columns = Array.from({ length: nIn }, () => new Float32Array(nOut));
  for (let o = 0; o < nOut; o++) {
    for (let i = 0; i < nIn; i++) columns[i][o] = weight[o * nIn + i];
  }
  return { nIn, nOut, activate, columns, bias, active: new Int32Array(nIn), output: new Float32Array(nOut) };
}

/**
 * activation(W x + b), as a sum of W's columns: those of non-zero inputs only, four at a time.
 * @param {ReturnType<typeof prepare>} layer
 * @param {ArrayLike<number>} input
 * @returns {ArrayLike<number>}
 */
function apply({ nIn, nOut, activate, columns, bias, active, output }, input) {
  let n = 0;
  for (let i = 0; i < nIn; i++) if (input[i] !== 0) active[n++] = i; // after a ReLU, about half of them
  output.set(bias);
  let k = 0;
  for (; k + 3 < n; k += 4) {
    const [a, b, c, d] = [active[k], active[k + 1], active[k + 2], active[k + 3]];
    addFour(output, nOut, columns[a], input[a], columns[b], input[b], columns[c], input[c], columns[d], input[d]);
  }
  for (; k < n; k++) {
    const column = columns[active[k]];
    const value = input[active[k]];
    for (let o = 0; o < nOut; o++) output[o] += value * column[o];
  }
  activate(output);
  return output;
}

function addFour(output, n, a, va, b, vb, c, vc, d, vd) {
  for (let o = 0; o < n; o++) output[o] += va * a[o] + vb * b[o] + vc * c[o] + vd * d[o];
}
