// What is sought in a round: the picture, and where it belongs.

import { greyValues } from "../../layers/paint.js";
import { elboTerms } from "../../math/elbo.js";
import { standardNormals } from "../../math/normal.js";

const CANDIDATES = 6; // images of one class, of which the model's best is taken: a digit that it draws badly is no fun

/**
 * @typedef {{kind: "digit" | "drawing", pixels: Float32Array, place: number[], index: number}} Target
 *   place: where the encoder's mean is seen in the plane, or where it was drawn; index: of the image, or −1
 */

/** @returns {Promise<Target>} a real image, of any class that there is with the same chance */
export async function realDigit(payload) {
  const { labels, images, x, y } = payload;
  const classes = [...new Set(labels)];
  const label = classes[Math.floor(Math.random() * classes.length)];
  const members = Array.from(labels.keys()).filter((i) => labels[i] === label);
  const drawn = Array.from({ length: CANDIDATES }, () => members[Math.floor(Math.random() * members.length)]);
  const candidates = await Promise.all(drawn.map(async (index) => {
    const pixels = greyValues(await images.load(index));
    return { index, pixels, elbo: elboOf(payload, index, pixels) };
  }));
  const { index, pixels } = candidates.reduce((a, b) => (b.elbo > a.elbo ? b : a));
  return { kind: "digit", pixels, place: [x[index], y[index]], index };
}

/** @returns {Target} what the decoder draws at a random place of the plane, from the prior there */
export function drawing({ decode }) {
  const place = Array.from(standardNormals(2, Math.floor(Math.random() * 2 ** 31)));
  return { kind: "drawing", pixels: decode(place).slice(), place, index: -1 };
}

function elboOf(payload, i, x) {
  const { latentDim: J } = payload;
  const [mu, logvar] = [payload.mu, payload.logvar].map((values) => values.subarray(i * J, (i + 1) * J));
  return elboTerms(payload, x, mu, logvar, [new Float32Array(J)]).elbo; // at the mean
}
