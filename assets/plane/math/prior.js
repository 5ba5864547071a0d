// The prior p(z) = N(0, I), and how a reader writes its figures.

import { chiSquareCdf } from "./normal.js";
import { formatNumber } from "../format/numbers.js";

/** log N(z; 0, I) in nats; z: (J). */
export function priorLogDensity(z) {
  return -0.5 * (z.length * Math.log(2 * Math.PI) + squaredNorm(z));
}

/** What part of the prior's mass is at places more probable than z: P(χ² ≤ ‖z‖²), J degrees of freedom. */
export function massCloserIn(z) {
  return chiSquareCdf(squaredNorm(z), z.length);
}

/** A density with three digits: "0.0914", or "3.72 × 10⁻⁷" where it is small. */
export function formatDensity(density) {
  if (density === 0 || density >= 1e-3) return String(Number(density.toPrecision(3)));
  const [digits, exponent] = density.toExponential(2).split("e-");
  return `${digits} × 10⁻${[...exponent].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("")}`;
}

/** A part of a whole in per cent, with more decimals at both ends, and no 0 or 100 that is none. */
export function formatPercentage(part) {
  const percentage = 100 * part;
  if (part > 0 && percentage < 0.01) return "less than 0.01 %";
  if (percentage > 99.99) return "more than 99.99 %";
  return `${formatNumber(percentage, percentage > 99 || (part > 0 && percentage < 1) ? 2 : 0)} %`;
}

function squaredNorm(z) {
  let sum = 0;
  for (let j = 0; j < z.length; j++) sum += z[j] * z[j];
  return sum;
}
