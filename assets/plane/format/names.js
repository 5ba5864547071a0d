// The parts of a data set as a reader calls them.

export const SPLITS = { test: "test", validation: "validation", train: "training" };
