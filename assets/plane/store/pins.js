// The places that a reader keeps, each with a name.

/** The pins with one more at that place, under the first name that is free: A … Z, then 27, 28, … */
export function withPin(pins, place) {
  const used = new Set(pins.map(({ name }) => name));
  let i = 0;
  while (used.has(nameOf(i))) i += 1;
  return [...pins, { place, name: nameOf(i) }];
}

function nameOf(i) {
  return i < 26 ? String.fromCharCode(65 + i) : String(i + 1);
}
