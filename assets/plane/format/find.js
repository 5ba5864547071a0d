// What a reader types to find something among the points: a label such as "7", or an image such as "#1234".

/**
 * @param {string} text
 * @param {number[]} labels that there are
 * @param {number} n points that there are
 * @returns {{label: number} | {index: number} | null} null: it names nothing that is here
 */
export function sought(text, labels, n) {
  const [, sign, digits] = text.match(/^(#?)(\d{1,7})$/) ?? [];
  if (digits === undefined) return null;
  const number = Number(digits);
  if (!sign && labels.includes(number)) return { label: number };
  return number < n ? { index: number } : null;
}
