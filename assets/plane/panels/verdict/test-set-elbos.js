// How the −ELBO of one picture compares with those of all images on the plane, which are worked out while nothing else is.

import { greyValues } from "../../layers/paint.js";
import { elboTerms } from "../../math/elbo.js";
import { standardNormals } from "../../math/normal.js";

const SLICE = 8; // ms of work at a time
const known = new Map(); // payload's key → {elbos: number[], …}; of the newest payloads
const MAX_KEPT = 4;

/**
 * @param {object} payload
 * @returns {number[]} the ELBOs in nats, one draw of z each, of the first images of the payload: as many as are known
 */
export function knownElbos({ key }) {
  return known.get(key) ?? [];
}

/**
 * Work out the ELBOs that are not known yet, in idle time.
 * @param {object} payload
 * @param {function(): void} onProgress called after each slice
 * @returns {function(): void} stops the work; it goes on from there the next time
 */
export function workOutElbos(payload, onProgress) {
  const { key, latentDim: J, labels, mu, logvar, images } = payload;
  if (!known.has(key)) known.set(key, []);
  for (const other of known.keys()) if (known.size > MAX_KEPT && other !== key) known.delete(other);
  const elbos = known.get(key);
  const eps = standardNormals(labels.length * J, 2);
  let stopped = false;
  const row = (values, i) => values.subarray(i * J, (i + 1) * J);
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
  work().catch(() => {}); // the pictures did not come; whoever shows them says so
  return () => (stopped = true);
}

function idle() {
  return new Promise((resolve) => (window.requestIdleCallback ?? setTimeout)(resolve));
}
