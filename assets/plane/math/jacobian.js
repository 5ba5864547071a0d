// Jacobian of the decoder: exact derivatives of the mean image along two directions, by forward mode.

import {
  mean as continuousBernoulliMean, variance as continuousBernoulliVariance,
} from "./likelihood/continuous-bernoulli.js";

/** @import { Layer, Tangents } from "../types.js" */

const BLOCK = 4; // outputs summed at once, in registers, each with its two derivatives

// Each replaces value by f(value) and multiplies both derivatives by f′(value).
/** @type {Record<string, (value: Float32Array, a: Float32Array, b: Float32Array) => void>} */
const ACTIVATIONS = {
  identity() {},
  relu(value, a, b) {
    for (let i = 0; i < value.length; i++) if (!(value[i] > 0)) value[i] = a[i] = b[i] = 0;
  },
  tanh(value, a, b) {
    for (let i = 0; i < value.length; i++) {
      const y = Math.tanh(value[i]);
      chain(i, y, 1 - y * y, value, a, b);
    }
  },
  sine(value, a, b) {
    for (let i = 0; i < value.length; i++) chain(i, Math.sin(value[i]), Math.cos(value[i]), value, a, b);
  },
  sigmoid(value, a, b) {
    for (let i = 0; i < value.length; i++) {
      const y = 1 / (1 + Math.exp(-value[i]));
      chain(i, y, y * (1 - y), value, a, b);
    }
  },
  "continuous-bernoulli"(value, a, b) {
    for (let i = 0; i < value.length; i++) {
      const l = value[i];
      chain(i, continuousBernoulliMean(l), continuousBernoulliVariance(l), value, a, b);
    }
  },
};

function chain(i, y, slope, value, a, b) {
  value[i] = y;
  a[i] *= slope;
  b[i] *= slope;
}

/**
 * @param {Layer[]} layers the last one gives the logits
 * @param {string} mean the activation that turns logits into the mean image
 * @returns {(z: ArrayLike<number>, directions: ArrayLike<number>[]) => Tangents} z (J) and two directions (J) ↦ mean image
 *   and derivatives; the arrays are reused by the next call
 * @throws {Error} if a layer names an unknown activation
 */
export function createTangents(layers, mean) {
  const steps = layers.map((layer, i) => prepare(i === layers.length - 1 ? { ...layer, activation: mean } : layer));
  return (z, directions) => {
    const [pixels, ...tangents] = /** @type {Float32Array[]} */ (
      steps.reduce((state, step) => apply(step, state), [z, ...directions])
    );
    return { pixels, tangents };
  };
}

/**
 * The metric JᵀJ = [[E, F], [F, G]], which turns lengths in the plane into lengths in picture space.
 * @param {Pick<Tangents, "tangents">} tangents
 * @returns {number[]} [E, F, G]
 */
export function metric({ tangents: [a, b] }) {
  let [e, f, g] = [0, 0, 0];
  for (let d = 0; d < a.length; d++) {
    e += a[d] * a[d];
    f += a[d] * b[d];
    g += b[d] * b[d];
  }
  return [e, f, g];
}

/**
 * √det(JᵀJ): area in picture space a unit of area in the plane.
 * @param {Pick<Tangents, "tangents">} tangents
 */
export function magnification(tangents) {
  const [e, f, g] = metric(tangents);
  return Math.sqrt(Math.max(0, e * g - f * f));
}

/** A layer with its weights reordered by blocks of outputs; within a block, input by input. */
function prepare({ nIn, nOut, activation, weight, bias }) {
  const activate = ACTIVATIONS[activation];
  if (!activate) throw new Error(`jacobian: unknown activation ${activation}; known are ${Object.keys(ACTIVATIONS)}`);
  const size = Math.ceil(nOut / BLOCK) * BLOCK;
  const blocks = new Float32Array(size * nIn);
  for (let o = 0; o < nOut; o++) {
    const inBlock = o % BLOCK;
    for (let i = 0; i < nIn; i++) blocks[(o - inBlock) * nIn + BLOCK * i + inBlock] = weight[o * nIn + i];
  }
  const padded = new Float32Array(size);
  padded.set(bias);
  const sums = Array.from({ length: 3 }, () => new Float32Array(size));
  const outputs = sums.map((sum) => sum.subarray(0, nOut));
  const [at, inputs] = [new Int32Array(nIn), new Float32Array(3 * nIn)];
  return { nIn, activate, blocks, bias: padded, sums, outputs, at, inputs };
}

/**
 * Value and both tangents of a layer. Inputs that are 0 in all three, as after a ReLU, are skipped.
 * @param {ReturnType<typeof prepare>} layer
 * @param {ArrayLike<number>[]} inputs
 * @returns {ArrayLike<number>[]}
 */
function apply({ nIn, activate, blocks, bias, sums, outputs, at, inputs }, [value, du, dv]) {
  let n = 0;
  for (let i = 0; i < nIn; i++) {
    const [x, p, q] = [value[i], du[i], dv[i]];
    if (x === 0 && p === 0 && q === 0) continue;
    at[n] = BLOCK * i;
    inputs[3 * n] = x;
    inputs[3 * n + 1] = p;
    inputs[3 * n + 2] = q;
    n += 1;
  }
  sumBlocks(n, nIn, at, inputs, blocks, bias, sums[0], sums[1], sums[2]);
  activate(outputs[0], outputs[1], outputs[2]);
  return outputs;
}

// No destructuring here: it would cost more than the sums.
function sumBlocks(n, nIn, at, inputs, blocks, bias, value, a, b) {
  for (let o = 0; o < bias.length; o += BLOCK) {
    let x0 = bias[o], x1 = bias[o + 1], x2 = bias[o + 2], x3 = bias[o + 3];
    let p0 = 0, p1 = 0, p2 = 0, p3 = 0;
    let q0 = 0, q1 = 0, q2 = 0, q3 = 0;
    const start = o * nIn;
    for (let k = 0, i = 0; k < n; k++, i += 3) {
      const w = start + at[k];
      const w0 = blocks[w], w1 = blocks[w + 1], w2 = blocks[w + 2], w3 = blocks[w + 3];
      const x = inputs[i], p = inputs[i + 1], q = inputs[i + 2];
      x0 += x * w0; x1 += x * w1; x2 += x * w2; x3 += x * w3;
      p0 += p * w0; p1 += p * w1; p2 += p * w2; p3 += p * w3;
      q0 += q * w0; q1 += q * w1; q2 += q * w2; q3 += q * w3;
    }
    value[o] = x0; value[o + 1] = x1; value[o + 2] = x2; value[o + 3] = x3;
    a[o] = p0; a[o + 1] = p1; a[o + 2] = p2; a[o + 3] = p3;
    b[o] = q0; b[o + 1] = q1; b[o + 2] = q2; b[o + 3] = q3;
  }
}
