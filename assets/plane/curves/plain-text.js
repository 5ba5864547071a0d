// Text from outside, such as names of runs, made safe for Plotly's labels, which interpret some HTML.

/** @type {Record<string, string>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/**
 * Escape HTML.
 * @param {string} text
 */
export function escaped(text) {
  return text.replace(/[&<>]/g, (character) => ENTITIES[character]);
}

/**
 * Cut a text in the middle to at most `length` characters.
 * @param {string} text
 * @param {number} length
 */
export function shortened(text, length) {
  const characters = [...text];
  if (characters.length <= length) return text;
  const end = Math.floor((length - 1) / 2);
  return [...characters.slice(0, length - 1 - end), "…", ...characters.slice(characters.length - end)].join("");
}
