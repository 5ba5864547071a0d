// The encoder q(z|x).

import { createNetwork } from "./network.js";

/** @import { Layer, Posterior } from "../types.js" */

/**
 * @param {Layer[]} layers hidden layers, then the two heads, mu and logvar; a head that gives σ has the activation
 *   `log-square`
 * @returns {(x: ArrayLike<number>) => Posterior} x (D grey values in [0, 1]) ↦ q(z|x); the arrays are reused by the next
 *   call
 */
export function createEncoder(layers) {
  const trunk = createNetwork(layers.slice(0, -2));
  const [mu, logvar] = layers.slice(-2).map((head) => createNetwork([head]));
  return (x) => {
    const h = trunk(x);
    return { mu: mu(h), logvar: logvar(h) };
  };
}
