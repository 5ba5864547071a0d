// What the server sends of one snapshot of a run, as bytes.

import { firstCoordinates, gaussiansInPlane, toLatent, toPlane } from "../math/chart.js";
import { createDecoder } from "../math/decoder.js";
import { createEncoder } from "../math/encoder.js";
import { createLikelihood } from "../math/likelihood.js";
import { parseSafetensors } from "./safetensors.js";

/**
 * Grey values are in [0, 1], and the arrays that `decodeLatent` and `encode` give are reused by their next call.
 * @typedef {object} Payload
 * @property {string} key names its content
 * @property {string} run id of the run
 * @property {number | "live"} moment epoch
 * @property {"test" | "validation" | "train"} split of the images that are its points
 * @property {number} latentDim J
 * @property {number[]} imageShape [height, width]
 * @property {Float32Array} mu (N, J) and @property {Float32Array} logvar (N, J), row by row: q(z|x) of the points
 * @property {Uint8Array} labels (N)
 * @property {Uint8Array[]} examples a few test images, 0…255, and @property {Float32Array[]} examplesMu their means
 * @property {Float32Array[]} priorZ as many draws from the prior
 * @property {string} mean the activation that makes a mean image of logits
 * @property {{family: string, logScale: null | number | number[]}} likelihood as `createLikelihood` takes it
 * @property {object[]} decoderLayers as `createNetwork` takes them; the last one gives the logits
 * @property {function(ArrayLike<number>): Float32Array} decodeLatent z (J) ↦ mean image (D)
 * @property {function(ArrayLike<number>, ArrayLike<number>): number} logProb x (D), z (J) ↦ log p(x|z) in nats
 * @property {function(ArrayLike<number>, number): Float32Array} sample z (J) and a seed ↦ a draw from p(x|z) (D)
 * @property {function(ArrayLike<number>): Float32Array} deviation z (J) ↦ standard deviation of each pixel (D)
 * @property {?function(ArrayLike<number>): {mu: Float32Array, logvar: Float32Array}} encode x (D) ↦ q(z|x); null where
 *   the snapshot, or what was sent of it, holds the decoder alone
 */

/**
 * @param {Uint8Array} bytes as `vae/export.py` packs them
 * @returns {Payload}
 */
export function readPayload(bytes) {
  const { metadata, tensors } = parseSafetensors(bytes);
  const { decoder, encoder, scale, ...description } = JSON.parse(metadata.plane);
  const withWeights = (layer) => ({
    ...layer,
    weight: tensors[`${layer.name}.weight`].values,
    bias: tensors[`${layer.name}.bias`].values,
  });
  const decoderLayers = decoder.map(withWeights);
  const scaleLayer = scale && withWeights(scale);
  // Many payloads only wait to be looked at.
  const lazyDecoder = lazy(() => createDecoder(decoderLayers, description.mean, scaleLayer));
  const lazyEncoder = lazy(() => createEncoder(encoder.map(withWeights)));
  const likelihood = createLikelihood(description.likelihood);
  return {
    ...description, decoderLayers,
    mu: tensors.mu.values, logvar: tensors.logvar.values, labels: tensors.labels.values,
    examples: rows(tensors.examples), examplesMu: rows(tensors.examples_mu), priorZ: rows(tensors.prior_z),
    decodeLatent: (z) => lazyDecoder().mean(z),
    logProb: (x, z) => likelihood.logProb(x, lazyDecoder().parameters(z)),
    sample: (z, seed) => likelihood.sample(lazyDecoder().parameters(z), seed),
    deviation: (z) => likelihood.deviation(lazyDecoder().parameters(z)),
    encode: encoder.length ? (x) => lazyEncoder()(x) : null,
  };
}

/**
 * A payload seen in a plane through its latent space: with its points at their places, and functions of places.
 * @param {Payload} payload
 * @param {?import("../math/chart.js").Chart} chart null: the first two coordinates
 * @returns {Payload & {chart: object, x: Float32Array, y: Float32Array, xx: Float32Array, xy: Float32Array,
 *   yy: Float32Array, toLatent: function(number[]): Float32Array, toPlane: function(ArrayLike<number>): number[],
 *   decode: function(number[]): Float32Array}} see `gaussiansInPlane`; decode: place [u, v] ↦ mean image
 */
export function inPlane(payload, chart) {
  chart ??= firstCoordinates(payload.latentDim);
  return {
    ...payload, chart, ...gaussiansInPlane(chart, payload.mu, payload.logvar),
    toLatent: (place) => toLatent(chart, place),
    toPlane: (z) => toPlane(chart, z),
    decode: (place) => payload.decodeLatent(toLatent(chart, place)),
  };
}

function lazy(make) {
  let made = null;
  return () => (made ??= make());
}

function rows({ shape: [n], values }) {
  const size = values.length / n;
  return Array.from({ length: n }, (_, i) => values.subarray(i * size, (i + 1) * size));
}
