// The decoder p(x|z) in the browser: the layers that the model exported, evaluated one after the other.

const ACTIVATIONS = {
  identity: (a) => a,
  relu: (a) => (a > 0 ? a : 0),
  tanh: Math.tanh,
  sigmoid: (a) => 1 / (1 + Math.exp(-a)),
};

/**
 * @param {{nIn: number, nOut: number, activation: string, weight: Float32Array, bias: Float32Array}[]} layers
 *   in order; weight is row-major (nOut, nIn), as torch keeps it
 * @returns {function(ArrayLike<number>): Float32Array} z ↦ output of the last layer; the array is reused by the next call
 * @throws {Error} if a layer names an unknown activation or does not fit the one before it
 */
export function createDecoder(layers) {
  const steps = layers.map(prepare);
  steps.forEach((step, i) => {
    if (i > 0 && step.nIn !== steps[i - 1].nOut) throw new Error(`decoder: layer ${i} does not fit the one before it`);
  });
  return (z) => steps.reduce((input, step) => apply(step, input), z);
}

function prepare({ nIn, nOut, activation, weight, bias }) {
  const activate = ACTIVATIONS[activation];
  if (!activate) throw new Error(`decoder: unknown activation ${activation}; known are ${Object.keys(ACTIVATIONS)}`);
  const columns = new Float32Array(nIn * nOut); // transposed: all weights of one input lie together
  for (let o = 0; o < nOut; o++) for (let i = 0; i < nIn; i++) columns[i * nOut + o] = weight[o * nIn + i];
  return { nIn, nOut, activate, columns, bias, output: new Float32Array(nOut) };
}

function apply({ nIn, nOut, activate, columns, bias, output }, input) {
  output.set(bias);
  for (let i = 0; i < nIn; i++) {
    const value = input[i];
    if (value === 0) continue; // after a ReLU, about half of them
    const column = i * nOut;
    for (let o = 0; o < nOut; o++) output[o] += value * columns[column + o];
  }
  for (let o = 0; o < nOut; o++) output[o] = activate(output[o]);
  return output;
}
