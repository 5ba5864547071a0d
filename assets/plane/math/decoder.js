// The decoder p(x|z).

import { ACTIVATIONS, createNetwork } from "./network.js";

/** @import { Layer, Parameters } from "../types.js" */

/**
 * @param {Layer[]} layers the last one gives the logits
 * @param {string} mean the activation that turns logits into the mean image
 * @param {?Layer} scale a second head, for the scale of each pixel
 * @returns {{mean: (z: ArrayLike<number>) => Float32Array, parameters: (z: ArrayLike<number>) => Parameters}} z (J) ↦
 *   mean image (D), and z (J) ↦ parameters of p(x|z) (D each); the arrays are reused by the next call
 */
export function createDecoder(layers, mean, scale) {
  const trunk = createNetwork(layers.slice(0, -1));
  const toLogits = createNetwork(layers.slice(-1));
  /** @type {?ReturnType<typeof createNetwork>} */
  let toScale = null; // created on first use: mean images do not need it
  const image = new Float32Array(layers[layers.length - 1].nOut);
  return {
    mean(z) {
      image.set(toLogits(trunk(z)));
      ACTIVATIONS[mean](image);
      return image;
    },
    parameters(z) {
      const h = trunk(z);
      if (!scale) return { logits: toLogits(h), scale: null };
      toScale ??= createNetwork([scale]);
      return { logits: toLogits(h), scale: toScale(h) };
    },
  };
}
