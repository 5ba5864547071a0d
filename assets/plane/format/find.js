// Search terms for points: a label such as "7", or an image such as "#1234".

/**
 * @param {string} text
 * @param {number[]} labels to choose from
 * @param {number} n images to choose from
 * @returns {{label?: number, index?: number} | null} null: no such label or image
 */
export function sought(text, labels, n) {
  const [, sign, digits] = text.match(/^(#?)(\d{1,7})$/) ?? [];
  if (digits === undefined) return null;
  const number = Number(digits);
  if (!sign && labels.includes(number)) return { label: number };
  return number < n ? { index: number } : null;
}
