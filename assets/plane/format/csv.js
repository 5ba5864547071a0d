// Chosen images in numbers: as CSV, their classes, and the mean of their rows.

const CHUNK = 500; // lines of CSV at a time
const FLOAT32_DIGITS = 9; // that tell every float32 from its neighbours

/**
 * CSV (RFC 4180) with a header: index, split, label, mu_1 … mu_J, logvar_1 … logvar_J. It holds numbers and a split's
 * name alone, so no spreadsheet takes any of it for a formula.
 * @param {{split: string, latentDim: number, labels: Uint8Array, mu: Float32Array, logvar: Float32Array}} payload
 * @param {ArrayLike<number>} indices
 * @returns {Generator<undefined, string[]>} makes some hundred lines at a time; gives the text in pieces
 */
export function* writingCsv({ split, latentDim: J, labels, mu, logvar }, indices) {
  const numbered = (name) => Array.from({ length: J }, (_, j) => `${name}_${j + 1}`);
  const row = (values, i) => Array.from(values.subarray(i * J, (i + 1) * J), shortest);
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

/** A float32 in as few digits as tell it from all others, or one or two more. */
function shortest(value) {
  return String(Number(value.toPrecision(FLOAT32_DIGITS)));
}
