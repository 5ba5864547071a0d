// Table of μ, σ, ε and z of the encoder's picture.

import { find } from "../../dom.js";
import { formatNumber } from "../../format/numbers.js";

/** @import { PosteriorDraw } from "../../types.js" */

const ROWS = 4; // latent dimensions; more are only counted

/**
 * @param {HTMLElement} root the pad
 * @param {?PosteriorDraw} posterior null: hides the table
 */
export function showNumbers(root, posterior) {
  const body = find(root, "tbody", HTMLTableSectionElement);
  find(root, ".lp-numbers").hidden = !posterior;
  if (!posterior) return body.replaceChildren();
  const { mu, logvar, eps, z } = posterior;
  const rows = Array.from(mu.subarray(0, ROWS), (_, j) => [mu[j], Math.exp(logvar[j] / 2), eps[j], z[j]]);
  while (body.children.length > rows.length) body.lastChild?.remove();
  while (body.children.length < rows.length) body.insertRow().innerHTML = "<td></td><td></td><td></td><td></td>";
  rows.forEach((row, j) => row.forEach((value, k) => (body.rows[j].cells[k].textContent = formatNumber(value))));
  find(root, ".lp-more").textContent = mu.length > ROWS ? `and ${mu.length - ROWS} dimensions more` : "";
}
