// Lengths of paths, in words.

import { formatNumber } from "../../format/numbers.js";

/**
 * Length in z, and Σ‖Δx‖₂ of grey values x in [0, 1].
 * @typedef {{z: number, picture: number}} Length
 *
 * Lengths as far as they are known.
 * @typedef {{straight?: Length, geodesic?: Length, drawn?: Length}} Lengths
 */

/**
 * A sentence for each path.
 * @param {Lengths} lengths
 */
export function describeLengths({ straight, geodesic, drawn }) {
  /** @type {string[]} */
  const sentences = [];
  if (straight) sentences.push(`Straight: ${describe(straight)}`);
  if (drawn) sentences.push(`Drawn: ${describe(drawn)}`);
  if (straight && geodesic) {
    const inPictures = `${number(geodesic.picture)} in picture space${compared(geodesic.picture, straight.picture)}`;
    const inZ = `${number(geodesic.z)} in z${compared(geodesic.z, straight.z)}`;
    sentences.push(`Geodesic: ${inPictures}; ${inZ}`);
  }
  return sentences;
}

/** @param {Length} length */
function describe({ z, picture }) {
  return `${number(z)} in z, ${number(picture)} in picture space (Σ‖Δx‖₂)`;
}

/** Two decimals, one from 10 on. */
function number(value) {
  return formatNumber(value, value < 10 ? 2 : 1);
}

function compared(value, other) {
  if (!(other > 0)) return "";
  const percent = Math.round(100 * (value / other - 1));
  if (percent === 0) return ", the same";
  return `, ${Math.abs(percent)} % ${percent < 0 ? "shorter" : "longer"}`;
}
