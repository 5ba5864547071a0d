// The decoder p(x|z) in the browser.

import { ACTIVATIONS, createNetwork } from "./network.js";

/**
 * @param {object[]} layers as `createNetwork` takes them; the last one gives the logits
 * @param {string} mean the activation that makes the mean image of p(x|z) of the logits
 * @param {?object} scale a layer beside the last one, for each pixel's scale
 * @returns {{
 *   mean: function(ArrayLike<number>): Float32Array,
 *   parameters: function(ArrayLike<number>): {logits: Float32Array, scale: ?Float32Array},
 * }} z (J) ↦ mean image, and what p(x|z) is made of (D each); the arrays are reused by the next call
 */
export function createDecoder(layers, mean, scale) {
  const trunk = createNetwork(layers.slice(0, -1));
  const toLogits = createNetwork(layers.slice(-1));
  let toScale = null; // made when it is asked for: mean images need none
  const image = new Float32Array(layers.at(-1).nOut);
  return {
    mean(z) {
      image.set(toLogits(trunk(z)));
      ACTIVATIONS[mean](image);
      return image;
    },
    parameters(z) {
      const h = trunk(z);
      if (scale) toScale ??= createNetwork([scale]);
      return { logits: toLogits(h), scale: scale ? toScale(h) : null };
    },
  };
}
