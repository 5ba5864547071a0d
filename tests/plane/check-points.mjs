// What pytest asks of the plane's modules: test_points.py.

import { readFileSync } from "node:fs";

import { createPointRequests } from "../../assets/plane/store/point-requests.js";
import { classes } from "../../assets/plane/math/geometry.js";
import { countsIn, covers, imagesOf, indicesOfIds } from "../../assets/plane/math/points.js";
import { countText, readPoints } from "../../assets/plane/format/points.js";
import { imageOf, shownPoints } from "../../assets/plane/math/positions.js";
import { answering } from "./answering.mjs";

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

await answering({
  read: ({ path }) => readPoints(Uint8Array.from(readFileSync(path))),
  counts: ({ points, views }) => views.map((view) => countsIn(points, view)),
  covers: ({ points, views }) => views.map((view) => covers(points, view)),
  text: ({ counts }) => counts.map(([total, within, shown]) => countText({ total, within, shown })),
  images: ({ images, indices }) => imagesOf({ images }, indices),
  ids: ({ ids, wanted }) => indicesOfIds(ids, wanted),
  shown: ({ payload }) => {
    const points = shownPoints(payload, { positions: "means", seed: 1 });
    return [...points.x.keys()].map((i) => [points.x[i], points.y[i], points.labels[i], imageOf(points, i)]);
  },
  homes: ({ points, residents }) => classes(points, residents).map(({ label, indices, home }) => [label, indices, home]),
  async asking({ steps }) {
    const sent = [];
    const asking = createPointRequests((view) => sent.push(view));
    const awaited = [];
    for (const { points, view, rest } of steps) {
      awaited.push(asking.follow(points, view));
      await pause(rest ? 300 : 20);
    }
    return { sent, awaited };
  },
});
