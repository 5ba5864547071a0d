// Where something small stands so that it is near a point and does not cover it.

/**
 * @param {number[]} point [x, y]
 * @param {number[]} size [width, height] of what stands there
 * @param {number[]} space [width, height] that it should stay within; all of them in one unit
 * @param {number} gap kept between the two in each direction in which there is room for it
 * @returns {number[]} [left, top]: to the right and above, if that is within the space; else to the left, or below
 */
export function beside([x, y], [width, height], [spaceWidth, spaceHeight], gap) {
  const left = along(x, width, spaceWidth, [x + gap, x - gap - width]);
  const top = along(y, height, spaceHeight, [y - gap - height, y + gap]);
  return [left, top];
}

function along(at, size, space, choices) {
  const fits = choices.find((start) => start >= 0 && start + size <= space);
  return fits ?? Math.max(0, Math.min(space - size, at - size / 2));
}
