// Display names, in the order in which they are offered.

/** @import { SeenPayload } from "../types.js" */

export const SPLITS = { test: "test", validation: "validation", train: "training" };

/** @type {Record<string, string>} */
export const BACKDROPS = {
  none: "No backdrop",
  manifold: "Decoded manifold",
  prior: "Prior p(z)",
  posterior: "Aggregated posterior q(z)",
  classes: "Class map",
  magnification: "Magnification",
  trust: "Trust",
};

/**
 * The class of an image.
 * @param {Pick<SeenPayload, "classes" | "labels">} payload
 * @param {number} index of the image
 */
export function classOf({ classes, labels }, index) {
  return classes[labels[index]];
}
