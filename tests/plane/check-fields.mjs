// What pytest asks of the plane's modules: test_fields.py.

import { readFileSync } from "node:fs";

import { aggregatedPosterior, classMap, magnificationRows, trust } from "../../assets/plane/model/fields.js";
import { createTangents, magnification } from "../../assets/plane/model/jacobian.js";
import { gridPlaces, manifoldPlaces } from "../../assets/plane/model/manifold.js";
import { inPlane, readPayload } from "../../assets/plane/model/payload.js";
import { answering } from "./answering.mjs";

const floats = (points) => Object.fromEntries(Object.entries(points).map(([name, list]) => [name, Float32Array.from(list)]));

await answering({
  posterior: ({ grid, points }) => aggregatedPosterior(grid, floats(points)),
  classes: ({ grid, points, hidden }) => classMap(grid, floats(points), new Set(hidden)),
  trust: ({ density, nTrain, radius }) => trust(Float32Array.from(density), nTrain, radius),
  tangents: ({ payload, places }) => {
    const { decoderLayers, mean, chart, toLatent } = inPlane(readPayload(new Uint8Array(readFileSync(payload))));
    const tangentsAt = createTangents(decoderLayers, mean);
    return places.map((place) => {
      const found = tangentsAt(toLatent(place), chart.axes);
      return { ...found, tangents: found.tangents.map((values) => Array.from(values)), area: magnification(found) };
    });
  },
  rests: ({ grid }) => {
    const seen = [];
    const rows = magnificationRows(grid, (place) => {
      seen.push(place);
      return { tangents: [[1, 0], [0, place[0]]] };
    });
    const rested = [];
    let step = rows.next();
    for (; !step.done; step = rows.next()) rested.push([step.value, seen.length]);
    return { rested, seen, values: step.value };
  },
  manifold: ({ n }) => manifoldPlaces(n),
  grid: ({ ranges, columns, rows }) => gridPlaces(ranges, columns, rows),
});
