// Reader of browser payloads: one snapshot of a run, packed by `vae/export.py`.

import { firstCoordinates, gaussiansInPlane, toLatent, toPlane } from "../math/chart.js";
import { createDecoder } from "../math/decoder.js";
import { createEncoder } from "../math/encoder.js";
import { createLikelihood } from "../math/likelihood.js";
import { parseSafetensors } from "./safetensors.js";

/** @import { Chart, Layer, Payload, PlanePayload } from "../types.js" */

/**
 * @param {Uint8Array} bytes
 * @returns {Payload}
 */
export function readPayload(bytes) {
  const { metadata, tensors } = parseSafetensors(bytes);
  const { decoder, encoder, scale, ...description } = JSON.parse(metadata.plane);
  const withWeights = (/** @type {any} */ layer) => ({
    ...layer,
    weight: tensors[`${layer.name}.weight`].values,
    bias: tensors[`${layer.name}.bias`].values,
  });
  /** @type {Layer[]} */
  const decoderLayers = decoder.map(withWeights);
  const scaleLayer = scale && withWeights(scale);
  // Networks are built on first use: many payloads are only cached.
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
 * A payload in the coordinates of a plane.
 * @param {Payload} payload
 * @param {?Chart} [given] null: the first two coordinates
 * @returns {PlanePayload}
 */
export function inPlane(payload, given = null) {
  const chart = given ?? firstCoordinates(payload.latentDim);
  return {
    ...payload, chart, ...gaussiansInPlane(chart, payload.mu, payload.logvar),
    toLatent: (place) => toLatent(chart, place),
    toPlane: (z) => toPlane(chart, z),
    decode: (place) => payload.decodeLatent(toLatent(chart, place)),
  };
}

/**
 * @template Made
 * @param {() => Made} make called once, on first use
 */
function lazy(make) {
  /** @type {?Made} */
  let made = null;
  return () => (made ??= make());
}

/**
 * The rows of a matrix.
 * @param {{shape: number[], values: any}} tensor
 */
function rows({ shape: [n], values }) {
  const size = values.length / n;
  return Array.from({ length: n }, (_, i) => values.subarray(i * size, (i + 1) * size));
}
