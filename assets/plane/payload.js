// What the server sends of one snapshot of a run, as bytes, and where the planes on the page find it.

import { createDecoder } from "./decoder.js";
import { parseSafetensors } from "./safetensors.js";

const KEPT = 4; // payloads held for planes that come back to them
const received = new Map(); // payload's key → payload, oldest first
const waiting = new Map(); // payload's key → callbacks

/**
 * @param {Uint8Array} bytes as `vae/export.py` packs them
 * @returns {{key: string, run: string, latentDim: number, imageShape: number[], x: Float32Array, y: Float32Array,
 *   labels: Uint8Array, decode: function(number[]): Float32Array}} decode: plane's (z1, z2) ↦ grey values in [0, 1]
 */
export function readPayload(bytes) {
  const { metadata, tensors } = parseSafetensors(bytes);
  const { key, run, latentDim, imageShape, layers } = JSON.parse(metadata.plane);
  const decoder = createDecoder(
    layers.map((layer) => ({
      ...layer,
      weight: tensors[`${layer.name}.weight`].values,
      bias: tensors[`${layer.name}.bias`].values,
    })),
  );
  const z = new Float32Array(latentDim); // dimensions beyond the plane's two stay at the prior's mean, 0
  const decode = (place) => {
    for (let j = 0; j < Math.min(2, latentDim); j++) z[j] = place[j];
    return decoder(z);
  };
  return {
    key, run, latentDim, imageShape, decode,
    x: tensors.x.values, y: tensors.y.values, labels: tensors.labels.values,
  };
}

/** Streamlit component: takes the bytes and shows nothing. */
export function mount({ data }) {
  const payload = readPayload(data);
  received.delete(payload.key);
  received.set(payload.key, payload);
  for (const key of [...received.keys()].slice(0, -KEPT)) received.delete(key);
  for (const callback of waiting.get(payload.key) ?? []) callback(payload);
  waiting.delete(payload.key);
}

/** Call back with the payload of that key: at once if it is here, else when it comes. */
export function whenReceived(key, callback) {
  if (received.has(key)) callback(received.get(key));
  else waiting.set(key, [...(waiting.get(key) ?? []), callback]);
}
