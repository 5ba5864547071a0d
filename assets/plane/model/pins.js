// The places that a reader keeps, each with a name.

/** The pins with one more at that place, under the first letter that is free. */
export function withPin(pins, place) {
  const used = new Set(pins.map(({ name }) => name));
  const letters = Array.from({ length: 26 }, (_, i) => String.fromCharCode(65 + i));
  return [...pins, { place, name: letters.find((letter) => !used.has(letter)) ?? String(pins.length + 1) }];
}
