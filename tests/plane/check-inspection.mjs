// What pytest asks of the plane's modules: test_inspection.py.

import { readFileSync } from "node:fs";

import { beside } from "../../assets/plane/layers/beside.js";
import { entropies } from "../../assets/plane/math/likelihood/bernoulli.js";
import { gridPlaces } from "../../assets/plane/math/manifold.js";
import { nearestMeans } from "../../assets/plane/math/neighbours.js";
import { inPlane, readPayload } from "../../assets/plane/format/payload.js";
import { formatDensity, formatPercentage } from "../../assets/plane/format/numbers.js";
import { massCloserIn, priorLogDensity } from "../../assets/plane/math/prior.js";
import { Round } from "../../assets/plane/panels/game/round.js";
import { searching } from "../../assets/plane/math/search.js";
import { writingCsv } from "../../assets/plane/format/csv.js";
import { labelCounts, meanRow } from "../../assets/plane/math/summary.js";
import { ofGuess, ofReveal, ofTally } from "../../assets/plane/panels/game/words.js";
import { answering } from "./answering.mjs";

const floats = (values) => Float32Array.from(values);

function finished(work) {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

function played({ target, least, guesses }) {
  const round = new Round(floats(target), least);
  const made = guesses.map(({ place, pixels, seconds }) => round.guess(place, floats(pixels), seconds));
  return { round, made };
}

await answering({
  prior: ({ zs }) => zs.map((z) => [priorLogDensity(z), massCloserIn(z)]),
  density: ({ values }) => values.map(formatDensity),
  percentage: ({ values }) => values.map(formatPercentage),
  nearest: ({ mu, z, k }) => nearestMeans(floats(mu), z, k),
  entropies: ({ mean }) => entropies(mean),
  csv: ({ split, latentDim, labels, mu, logvar, indices }) => {
    const payload = { split, latentDim, labels: Uint8Array.from(labels), mu: floats(mu), logvar: floats(logvar) };
    return finished(writingCsv(payload, Int32Array.from(indices))).join("");
  },
  counts: ({ labels, indices }) => labelCounts(labels, indices),
  meanRow: ({ matrix, J, indices }) => meanRow(floats(matrix), J, Int32Array.from(indices)),
  beside: ({ point, size, space, gap }) => beside(point, size, space, gap),
  search: ({ payload, ranges, cells, step, targets }) => {
    const { decode } = inPlane(readPayload(new Uint8Array(readFileSync(payload))));
    return targets.map((target) => finished(searching(decode, gridPlaces(ranges, cells, cells), target, step)));
  },
  round: (request) => {
    const { round, made } = played(request);
    return { made, least: round.least, best: round.best?.place ?? null, scores: request.others.map((x) => round.score(x)) };
  },
  words: ({ sought, closest, named, seconds, ...game }) => {
    const { round, made } = played(game);
    return {
      guesses: made.map((guess, i) => ofGuess(guess, i + 1)),
      tally: ofTally(round, seconds),
      reveal: ofReveal(round, sought, closest, (place) => place, named),
    };
  },
});
