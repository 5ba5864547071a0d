// The decoder p(x|z) in the browser.

import { ACTIVATIONS, createNetwork } from "./network.js";

/**
 * @param {object[]} layers as `createNetwork` takes them; the last one gives the logits
 * @param {string} mean the activation that makes the mean image of p(x|z) of the logits
 * @returns {{logits: function(ArrayLike<number>): Float32Array, mean: function(ArrayLike<number>): Float32Array}}
 *   z (J) ↦ values of the pixels (D); each array is reused by the next call of the same function
 */
export function createDecoder(layers, mean) {
  const logits = createNetwork(layers);
  const image = new Float32Array(layers.at(-1).nOut);
  return {
    logits,
    mean(z) {
      image.set(logits(z));
      ACTIVATIONS[mean](image);
      return image;
    },
  };
}
