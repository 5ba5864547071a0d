// Targets of the game: a real image, or a picture drawn by the decoder.

import { greyValues } from "../../layers/paint.js";
import { elboTerms } from "../../math/elbo.js";
import { standardNormals } from "../../math/normal.js";

/** @import { Place, PlanePayload, SeenPayload } from "../../types.js" */

const CANDIDATES = 6; // images of one class, of which the one that the model knows best is taken

/**
 * A target; place: of the encoder's mean, or of the drawing; index: of the image, or −1.
 * @typedef {{kind: "digit" | "drawing", pixels: Float32Array, place: Place, index: number}} Target
 */

/**
 * A real image; each class has the same chance.
 * @param {SeenPayload} payload
 * @returns {Promise<Target>}
 */
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

/**
 * The decoder's picture at a place drawn from N(0, I).
 * @param {Pick<PlanePayload, "decode">} payload
 * @returns {Target}
 */
export function drawing({ decode }) {
  const place = Array.from(standardNormals(2, Math.floor(Math.random() * 2 ** 31)));
  return { kind: "drawing", pixels: decode(place).slice(), place, index: -1 };
}

/**
 * ELBO with z at the mean.
 * @param {SeenPayload} payload
 * @param {number} i index of the image
 * @param {Float32Array} x
 */
function elboOf(payload, i, x) {
  const { latentDim: J } = payload;
  const [mu, logvar] = [payload.mu, payload.logvar].map((values) => values.subarray(i * J, (i + 1) * J));
  return elboTerms(payload, x, mu, logvar, [new Float32Array(J)]).elbo;
}
