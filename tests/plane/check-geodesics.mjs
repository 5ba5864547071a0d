// What pytest asks of the plane's modules: test_geodesics.py.

import { readFileSync } from "node:fs";

import { geodesic } from "../../assets/plane/math/geodesic.js";
import { createTangents } from "../../assets/plane/math/jacobian.js";
import { pictureLength, resampled } from "../../assets/plane/math/path.js";
import { inPlane, readPayload } from "../../assets/plane/format/payload.js";
import { energyStep, evaluated } from "../../assets/plane/math/geodesic/energy.js";
import { shortestOnGrid } from "../../assets/plane/math/geodesic/grid.js";
import { answering } from "./answering.mjs";

const read = (file) => inPlane(readPayload(new Uint8Array(readFileSync(file))));

function finished(work) {
  const yielded = [];
  for (;;) {
    const { done, value } = work.next();
    if (done) return { result: value, yielded };
    yielded.push(value);
  }
}

await answering({
  geodesics: ({ payload, pairs }) => {
    const seen = read(payload);
    return pairs.map(([from, to]) => {
      const { result, yielded } = finished(geodesic(seen, from, to));
      const pieces = 8 * (result.length - 1);
      const fine = result.slice(1).flatMap((place, k) => resampled([result[k], place], 9).slice(k ? 1 : 0));
      const [own, straight] = [fine, resampled([from, to], pieces + 1)].map((way) => pictureLength(seen.decode, way));
      return { way: result, own, straight, yielded };
    });
  },
  look: ({ payload, nodes, damping }) => {
    const { decoderLayers, mean, chart, toLatent } = read(payload);
    const tangents = createTangents(decoderLayers, mean);
    const way = finished(evaluated((place) => tangents(toLatent(place), chart.axes), nodes)).result;
    return { ...way, step: energyStep(way, damping) };
  },
  onSlopes: ({ from, to, f }) => finished(shortestOnGrid(([u]) => [1, u < 0 ? -f : f, 1], from, to)),
  onGrid: ({ from, to, ridge }) => {
    const onRidge = ([u, v]) => Math.abs(u) < ridge.width && v < ridge.top;
    const metricAt = (place) => (onRidge(place) ? [ridge.height, 0, ridge.height] : [1, 0, 1]);
    return finished(shortestOnGrid(metricAt, from, to));
  },
});
