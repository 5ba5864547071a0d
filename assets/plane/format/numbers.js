// Places and z as a reader writes them.

/** A number with so many decimals and a true minus sign. */
export function formatNumber(value, decimals = 2) {
  return value.toFixed(decimals).replace(/^-(?=0\.?0*$)/, "").replace("-", "−");
}

/** z as a reader writes it: "(0.50, −1.20)"; of more than four coordinates, the first four. */
export function formatZ(z) {
  const shown = Array.from(z).slice(0, 4).map((value) => formatNumber(value));
  return `(${[...shown, ...(z.length > 4 ? ["…"] : [])].join(", ")})`;
}
