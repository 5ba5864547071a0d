// Numbers, places and z as text.

/**
 * A number with a true minus sign, and no minus before 0.
 * @param {number} value
 */
export function formatNumber(value, decimals = 2) {
  return value.toFixed(decimals).replace(/^-(?=0\.?0*$)/, "").replace("-", "−");
}

/**
 * "(0.50, −1.20)"; of more than four coordinates, the first four.
 * @param {ArrayLike<number>} z
 */
export function formatZ(z) {
  const shown = Array.from(z).slice(0, 4).map((value) => formatNumber(value));
  return `(${[...shown, ...(z.length > 4 ? ["…"] : [])].join(", ")})`;
}

/**
 * A density with three digits: "0.0914", or "3.72 × 10⁻⁷" if it is small.
 * @param {number} density
 */
export function formatDensity(density) {
  if (density === 0 || density >= 1e-3) return String(Number(density.toPrecision(3)));
  const [digits, exponent] = density.toExponential(2).split("e-");
  return `${digits} × 10⁻${[...exponent].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("")}`;
}

/**
 * A percentage with more decimals near 0 and 100, neither of which is written unless it is exact.
 * @param {number} part in [0, 1]
 */
export function formatPercentage(part) {
  const percentage = 100 * part;
  if (part > 0 && percentage < 0.01) return "less than 0.01 %";
  if (percentage > 99.99) return "more than 99.99 %";
  return `${formatNumber(percentage, percentage > 99 || (part > 0 && percentage < 1) ? 2 : 0)} %`;
}
