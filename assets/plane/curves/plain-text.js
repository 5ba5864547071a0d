// Text from outside, such as the names of runs, in Plotly's labels, which read a little HTML.

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** The text such that Plotly shows it as it was typed. */
export function escaped(text) {
  return text.replace(/[&<>]/g, (character) => ENTITIES[character]);
}

/** The text if it has at most `length` characters; else its start and its end. */
export function shortened(text, length) {
  const characters = [...text];
  if (characters.length <= length) return text;
  const end = Math.floor((length - 1) / 2);
  return [...characters.slice(0, length - 1 - end), "…", ...characters.slice(characters.length - end)].join("");
}
