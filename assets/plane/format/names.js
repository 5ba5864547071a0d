// Display names, in the order in which they are offered.

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
