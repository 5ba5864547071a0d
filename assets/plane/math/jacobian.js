// How the mean image changes with z: exact derivatives along two directions, by forward mode.

import {
  mean as continuousBernoulliMean, variance as continuousBernoulliVariance,
} from "./likelihood/continuous-bernoulli.js";

const BLOCK = 4; // outputs that are summed up at once, in registers, each with its two derivatives

// value ↦ f(value) in place, and both derivatives times f′.
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
 * @param {object[]} layers as `createNetwork` takes them; the last one gives the logits
 * @param {string} mean the activation that makes the mean image of the logits
 * @returns {function(ArrayLike<number>, ArrayLike<number>[]): {pixels: Float32Array, tangents: Float32Array[]}}
 *   z (J) and two directions (J) ↦ the mean image (D) and its derivatives along them (D each); the arrays are reused by
 *   the next call
 * @throws {Error} if a layer names an unknown activation
 */
export function createTangents(layers, mean) {
  const steps = layers.map((layer, i) => prepare(i === layers.length - 1 ? { ...layer, activation: mean } : layer));
  return (z, directions) => {
    const [pixels, ...tangents] = steps.reduce((state, step) => apply(step, state), [z, ...directions]);
    return { pixels, tangents };
  };
}

/** The metric JᵀJ of the plane, [E, F, G] of [[E, F], [F, G]]: how lengths on it become lengths between pictures. */
export function metric({ tangents: [a, b] }) {
  let [e, f, g] = [0, 0, 0];
  for (let d = 0; d < a.length; d++) {
    e += a[d] * a[d];
    f += a[d] * b[d];
    g += b[d] * b[d];
  }
  return [e, f, g];
}

/** √det(JᵀJ): the area between pictures that a unit of area of the plane becomes. */
export function magnification(tangents) {
  const [e, f, g] = metric(tangents);
  return Math.sqrt(Math.max(0, e * g - f * f));
}

/** A layer whose weights lie block by block: of each input in turn, the weights to the block's outputs. */
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

/** The value and both tangents go through a layer together: what is 0 in all three, as after a ReLU, costs nothing. */
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
  activate(...outputs);
  return outputs;
}

// No arrays are taken apart in here: that would cost more than the sums.
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
