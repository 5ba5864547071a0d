// ELBOs of all images of a payload, computed in idle time.

import { greyValues } from "../../layers/paint.js";
import { elboTerms } from "../../math/elbo.js";
import { standardNormals } from "../../math/normal.js";

/** @import { SeenPayload } from "../../types.js" */

const SLICE = 8; // ms of work at a time
const MAX_KEPT = 4;
/** @type {Map<string, number[]>} */
const known = new Map(); // by key of the payload

/**
 * The ELBOs computed so far, in nats, with one draw of z each: of the payload's first images.
 * @param {string} key of the payload
 */
export function knownElbos(key) {
  return known.get(key) ?? [];
}

/**
 * Compute the ELBOs that are not known yet.
 * @param {SeenPayload} payload
 * @param {() => void} onProgress called after each slice
 * @returns {() => void} stops the work, which a later call continues
 */
export function computeElbos(payload, onProgress) {
  const { key, latentDim: J, labels, mu, logvar, images } = payload;
  const elbos = known.get(key) ?? [];
  known.set(key, elbos);
  for (const other of known.keys()) if (known.size > MAX_KEPT && other !== key) known.delete(other);
  const eps = standardNormals(labels.length * J, 2);
  let stopped = false;
  const row = (/** @type {Float32Array} */ values, /** @type {number} */ i) => values.subarray(i * J, (i + 1) * J);
  const work = async () => {
    while (!stopped && elbos.length < labels.length) {
      await images.load(elbos.length);
      await idle();
      if (stopped) return;
      const until = performance.now() + SLICE;
      while (performance.now() < until && elbos.length < labels.length) {
        const i = elbos.length;
        const bytes = images.bytes(i);
        if (!bytes) break;
        elbos.push(elboTerms(payload, greyValues(bytes), row(mu, i), row(logvar, i), [row(eps, i)]).elbo);
      }
      onProgress();
    }
  };
  work().catch(() => {}); // a picture did not come; its panel says so
  return () => (stopped = true);
}

function idle() {
  return new Promise((resolve) => (window.requestIdleCallback ?? setTimeout)(resolve));
}
