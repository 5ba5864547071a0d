// How the mean image changes with z: exact derivatives along two directions, by forward mode.

import { ACTIVATIONS } from "./network.js";

// y ↦ dy/dx, of the value y = f(x) itself.
const SLOPES = {
  identity: () => 1,
  relu: (y) => (y > 0 ? 1 : 0),
  tanh: (y) => 1 - y * y,
  sigmoid: (y) => y * (1 - y),
};

/**
 * @param {object[]} layers as `createNetwork` takes them; the last one gives the logits
 * @param {string} mean the activation that makes the mean image of the logits
 * @returns {function(ArrayLike<number>, ArrayLike<number>[]): {pixels: Float32Array, tangents: Float32Array[]}} z (J) and two
 *   directions (J) ↦ the mean image (D) and its derivatives along them (D each); the arrays are reused by the next call
 */
export function createTangents(layers, mean) {
  const steps = layers.map((layer, i) => prepare(i === layers.length - 1 ? { ...layer, activation: mean } : layer));
  return (z, directions) => {
    let state = [z, ...directions];
    for (const step of steps) state = apply(step, state);
    const [pixels, ...tangents] = state;
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

function prepare({ nIn, nOut, activation, weight, bias }) {
  const columns = Array.from({ length: nIn }, () => new Float32Array(nOut));
  for (let o = 0; o < nOut; o++) {
    for (let i = 0; i < nIn; i++) columns[i][o] = weight[o * nIn + i];
  }
  const outputs = Array.from({ length: 3 }, () => new Float32Array(nOut));
  return { nIn, nOut, activate: ACTIVATIONS[activation], slope: SLOPES[activation], columns, bias, outputs };
}

/** The value and both tangents go through a layer together: what is 0 in all three, as after a ReLU, costs nothing. */
function apply({ nIn, nOut, activate, slope, columns, bias, outputs }, [input, du, dv]) {
  const [value, a, b] = outputs;
  value.set(bias);
  a.fill(0);
  b.fill(0);
  for (let i = 0; i < nIn; i++) {
    const [x, p, q] = [input[i], du[i], dv[i]];
    if (x === 0 && p === 0 && q === 0) continue;
    const column = columns[i];
    for (let o = 0; o < nOut; o++) {
      value[o] += x * column[o];
      a[o] += p * column[o];
      b[o] += q * column[o];
    }
  }
  activate(value);
  for (let o = 0; o < nOut; o++) {
    const s = slope(value[o]);
    a[o] *= s;
    b[o] *= s;
  }
  return outputs;
}
