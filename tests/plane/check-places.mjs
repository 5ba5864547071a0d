// What pytest asks of the plane's modules: test_places.py.

import { Pin } from "../../assets/plane/store/pin.js";
import { pinchedView } from "../../assets/plane/math/view.js";
import { gaussiansInPlane, toLatent, toPlane } from "../../assets/plane/math/chart.js";
import { formatView, parseView } from "../../assets/plane/format/link.js";
import { formatNumber, formatZ } from "../../assets/plane/format/numbers.js";
import { positions } from "../../assets/plane/math/positions.js";
import { answering } from "./answering.mjs";

const floats = (values) => Float32Array.from(values);

await answering({
  toLatent: ({ chart, place }) => toLatent(chart, place),
  toPlane: ({ chart, z }) => toPlane(chart, z),
  gaussians: ({ chart, mu, logvar }) => gaussiansInPlane(chart, floats(mu), floats(logvar)),
  positions: ({ gaussians, kind, seed }) =>
    positions(Object.fromEntries(Object.entries(gaussians).map(([name, values]) => [name, floats(values)])), kind, seed),
  parsed: ({ query }) => parseView(new URLSearchParams(query), 20),
  formatted: ({ view, query }) => formatView(view, new URLSearchParams(query ?? "")).toString(),
  pinched: ({ view, frame, before, now }) => pinchedView(view, frame, before, now),
  // Of each event, [place] chosen or [place, which choice it answers] received: what the plane then shows.
  pinned: ({ events }) => {
    const [pin, ids] = [new Pin(), []];
    return events.map(([place, answered]) => {
      if (answered === undefined) ids.push(pin.choose(place)?.id);
      else pin.receive(place, answered === null ? null : ids[answered]);
      return pin.place;
    });
  },
  number: ({ value, decimals }) => formatNumber(value, decimals),
  z: ({ z }) => formatZ(z),
});
