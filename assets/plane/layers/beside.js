// Placement of a small element beside a point.

/**
 * @param {number[]} point [x, y], in the same unit as all else
 * @param {number[]} size [width, height] of the element
 * @param {number[]} space [width, height] to stay within
 * @param {number} gap between the two, as far as there is room
 * @returns {number[]} [left, top]: above and to the right if that fits; else below, or to the left
 */
export function beside([x, y], [width, height], [spaceWidth, spaceHeight], gap) {
  const left = along(x, width, spaceWidth, [x + gap, x - gap - width]);
  const top = along(y, height, spaceHeight, [y - gap - height, y + gap]);
  return [left, top];
}

/** The first choice that fits, or else centred on the point as far as the space allows. */
function along(at, size, space, choices) {
  const fits = choices.find((/** @type {number} */ start) => start >= 0 && start + size <= space);
  return fits ?? Math.max(0, Math.min(space - size, at - size / 2));
}
