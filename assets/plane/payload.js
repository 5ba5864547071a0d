// What the server sends of one snapshot of a run, as bytes, and where the planes on the page find it.

import { createDecoder } from "./decoder.js";
import { parseSafetensors } from "./safetensors.js";

const KEPT_BYTES = 96e6; // of payloads held for planes that come back to them: 60 epochs of the bundled model are 62 MB
const received = new Map(); // payload's key → {payload, bytes}, oldest first
const waiting = new Map(); // payload's key → set of callbacks

/**
 * Grey values are in [0, 1], and the array that a decoding gives is reused by the next one.
 * @param {Uint8Array} bytes as `vae/export.py` packs them
 * @returns {{key: string, run: string, moment: number | "live", latentDim: number, imageShape: number[],
 *   x: Float32Array, y: Float32Array, labels: Uint8Array,
 *   examples: Uint8Array[], examplesMu: Float32Array[], priorZ: Float32Array[],
 *   decode: function(number[]): Float32Array, decodeLatent: function(ArrayLike<number>): Float32Array}}
 *   decode: plane's (z1, z2) ↦ grey values; decodeLatent: whole z ↦ grey values;
 *   examples: a few test images, 0…255; examplesMu: their means; priorZ: as many draws from the prior
 */
export function readPayload(bytes) {
  const { metadata, tensors } = parseSafetensors(bytes);
  const { layers, ...description } = JSON.parse(metadata.plane);
  const decodeLatent = lazyDecoder(
    layers.map((layer) => ({
      ...layer,
      weight: tensors[`${layer.name}.weight`].values,
      bias: tensors[`${layer.name}.bias`].values,
    })),
  );
  const z = new Float32Array(description.latentDim); // dimensions beyond the plane's two stay at the prior's mean, 0
  const decode = (place) => {
    for (let j = 0; j < Math.min(2, z.length); j++) z[j] = place[j];
    return decodeLatent(z);
  };
  return {
    ...description, decode, decodeLatent,
    x: tensors.x.values, y: tensors.y.values, labels: tensors.labels.values,
    examples: rows(tensors.examples), examplesMu: rows(tensors.examples_mu), priorZ: rows(tensors.prior_z),
  };
}

/** The decoder of those layers, made when it is first asked: many payloads only wait to be looked at. */
function lazyDecoder(layers) {
  let decoder = null;
  return (z) => {
    if (!decoder) {
      decoder = createDecoder(layers);
      layers = null; // it keeps the weights in an order of its own
    }
    return decoder(z);
  };
}

function rows({ shape: [n], values }) {
  const size = values.length / n;
  return Array.from({ length: n }, (_, i) => values.subarray(i * size, (i + 1) * size));
}

/** Streamlit component: takes the bytes and shows nothing. */
export function mount({ data }) {
  if (!data?.length) return; // the server knows that it is here
  const payload = readPayload(data);
  keep(payload, data.byteLength);
  const callbacks = waiting.get(payload.key) ?? [];
  waiting.delete(payload.key);
  for (const callback of callbacks) callback(payload);
}

/** Hold it in place of what it supersedes, within the budget. */
function keep(payload, bytes) {
  for (const [key, { payload: older }] of received) {
    if (older.run === payload.run && older.moment === payload.moment) received.delete(key);
  }
  received.set(payload.key, { payload, bytes });
  let sum = [...received.values()].reduce((total, entry) => total + entry.bytes, 0);
  for (const [key, entry] of received) {
    if (sum <= KEPT_BYTES || key === payload.key) break;
    received.delete(key);
    sum -= entry.bytes;
  }
}

/**
 * Call back with the payload of that key: at once if it is here, else when it comes.
 * @returns {function(): void} stops the waiting
 */
export function whenReceived(key, callback) {
  if (received.has(key)) {
    callback(received.get(key).payload);
    return () => {};
  }
  if (!waiting.has(key)) waiting.set(key, new Set());
  const callbacks = waiting.get(key).add(callback);
  return () => {
    callbacks.delete(callback);
    if (!callbacks.size && waiting.get(key) === callbacks) waiting.delete(key);
  };
}
