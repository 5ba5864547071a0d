// The prior p(z) = N(0, I), and how a reader writes its figures.

import { chiSquareCdf } from "./normal.js";

/** log N(z; 0, I) in nats; z: (J). */
export function priorLogDensity(z) {
  return -0.5 * (z.length * Math.log(2 * Math.PI) + squaredNorm(z));
}

/** What part of the prior's mass is at places more probable than z: P(χ² ≤ ‖z‖²), J degrees of freedom. */
export function massCloserIn(z) {
  return chiSquareCdf(squaredNorm(z), z.length);
}

function squaredNorm(z) {
  let sum = 0;
  for (let j = 0; j < z.length; j++) sum += z[j] * z[j];
  return sum;
}
