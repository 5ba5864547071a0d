// The encoder q(z|x) in the browser.

import { createNetwork } from "./network.js";

/**
 * @param {object[]} layers as `createNetwork` takes them: hidden ones, then the heads of mu and of logvar side by side; a
 *   head that gives σ has the activation `log-square`
 * @returns {function(ArrayLike<number>): {mu: Float32Array, logvar: Float32Array}} x (D grey values in [0, 1]) ↦ the
 *   parameters of q(z|x) (J each); the arrays are reused by the next call
 */
export function createEncoder(layers) {
  const trunk = createNetwork(layers.slice(0, -2));
  const [mu, logvar] = layers.slice(-2).map((head) => createNetwork([head]));
  return (x) => {
    const h = trunk(x);
    return { mu: mu(h), logvar: logvar(h) };
  };
}
