// What pytest asks of the film's modules: test_film.py.

import { refined } from "../../assets/plane/math/refined-path.js";
import { describeLengths } from "../../assets/plane/panels/paths/lengths.js";
import { positionAt, secondsPerFrame } from "../../assets/plane/panels/paths/player.js";
import { inSlices } from "../../assets/plane/panels/slices.js";
import { frameByKey } from "../../assets/plane/panels/paths/strip.js";
import { createTrack, joined, legs, line, stepsInZ } from "../../assets/plane/math/track.js";
import { firstCoordinates, toLatent } from "../../assets/plane/math/chart.js";
import { answering } from "./answering.mjs";

const PICTURES = {
  helix: ([u, v]) => Float32Array.of(Math.cos(20 * u), Math.sin(20 * u), v), // 20 |Δu| long where v stays
  leap: ([u]) => Float32Array.of(u > 0.3 ? 1 : 0),
  plain: () => Float32Array.of(0.5),
};

await answering({
  closely: ({ picture, places }) => {
    const reused = new Float32Array(3);
    const work = refined(places, (place) => {
      reused.set(PICTURES[picture](place));
      return reused;
    });
    let looks = 0;
    for (;;) {
      const { done, value } = work.next();
      if (done) return { looks, ...value };
      looks += 1;
    }
  },
  track: ({ places, steps, fractions }) => {
    const { length, at } = createTrack(places, steps);
    return { length, at: fractions.map(at) };
  },
  steps: ({ places, latentDim }) => stepsInZ(places, (place) => toLatent(firstCoordinates(latentDim), place)),
  positions: ({ times, ...film }) => times.map((time) => positionAt(time, film)),
  seconds: ({ speeds }) => speeds.map(secondsPerFrame),
  key: ({ event, present, n, columns }) => frameByKey(event, present, n, columns),
  lengths: ({ lengths }) => describeLengths(lengths),
  legs: ({ places, closed }) => legs(places, closed),
  line: ({ ends, n }) => line(ends, n),
  joined: ({ ways }) => joined(ways),
  slices: async ({ milliseconds, stopAfter }) => {
    const seen = { steps: 0, others: 0, atOnce: false };
    function* work() {
      for (const each of milliseconds) {
        const end = performance.now() + each;
        while (performance.now() < end);
        seen.steps += 1;
        if (seen.steps === stopAfter) stop();
        yield;
      }
      return "done";
    }
    let stop = () => {};
    const other = setInterval(() => (seen.others += 1), 1);
    const result = await new Promise((resolve) => {
      stop = inSlices(work(), resolve);
      seen.atOnce = seen.steps === milliseconds.length;
      setTimeout(resolve, 400);
    });
    clearInterval(other);
    return { ...seen, result };
  },
});
