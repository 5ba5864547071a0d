// Pins: the places that the reader keeps, each with a name.

/**
 * Append a pin under the first free name: A … Z, then 27, 28, …
 * @param {import("../types.js").Pin[]} pins
 * @param {import("../types.js").Place} place
 */
export function withPin(pins, place) {
  const used = new Set(pins.map(({ name }) => name));
  let i = 0;
  while (used.has(nameOf(i))) i += 1;
  return [...pins, { place, name: nameOf(i) }];
}

function nameOf(i) {
  return i < 26 ? String.fromCharCode(65 + i) : String(i + 1);
}
