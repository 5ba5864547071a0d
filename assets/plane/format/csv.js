// CSV of selected images.

/** @import { Payload } from "../types.js" */

const CHUNK = 500; // lines between two yields
const FLOAT32_DIGITS = 9; // enough to restore every float32

/**
 * CSV (RFC 4180) with a header: index, split, label, mu_1 … mu_J, logvar_1 … logvar_J. Its fields are numbers and the
 * split's name, which no spreadsheet takes for formulas.
 * @param {Pick<Payload, "split" | "latentDim" | "labels" | "mu" | "logvar">} payload
 * @param {Int32Array} indices
 * @returns {Generator<void, string[]>} the text in pieces
 */
export function* writingCsv({ split, latentDim: J, labels, mu, logvar }, indices) {
  const numbered = (/** @type {string} */ name) => Array.from({ length: J }, (_, j) => `${name}_${j + 1}`);
  const row = (/** @type {Float32Array} */ values, /** @type {number} */ i) => Array.from(values.subarray(i * J, (i + 1) * J), shortest);
  const parts = [line(["index", "split", "label", ...numbered("mu"), ...numbered("logvar")])];
  for (let from = 0; from < indices.length; from += CHUNK) {
    const lines = Array.from(indices.slice(from, from + CHUNK), (i) =>
      line([i, split, labels[i], ...row(mu, i), ...row(logvar, i)]));
    parts.push(lines.join(""));
    yield;
  }
  return parts;
}

function line(fields) {
  return `${fields.join(",")}\r\n`;
}

/** A float32 in the fewest digits that restore it, or one or two more. */
function shortest(value) {
  return String(Number(value.toPrecision(FLOAT32_DIGITS)));
}
