// The ellipse that a covariance matrix draws.

/**
 * Principal axes of the symmetric matrix [[xx, xy], [xy, yy]].
 * @param {[number, number, number]} covariance [xx, xy, yy]
 * @returns {{major: number, minor: number, angle: number}} standard deviations along the axes, and the angle of the major
 *   one from the x axis, radians in (−π/2, π/2]
 */
export function ellipse([xx, xy, yy]) {
  const mean = (xx + yy) / 2;
  const half = Math.hypot((xx - yy) / 2, xy);
  return {
    major: Math.sqrt(Math.max(0, mean + half)),
    minor: Math.sqrt(Math.max(0, mean - half)),
    angle: 0.5 * Math.atan2(2 * xy, xx - yy),
  };
}
