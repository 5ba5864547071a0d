// The path that the film follows: through which places, by which measure, and how long it is.

import { closely } from "../../math/refined-path.js";
import { createGeodesics } from "./geodesics.js";
import { inSlices } from "../slices.js";
import { createTrack, joined, legs, line, stepsInZ } from "../../math/track.js";

const PIECES = 16; // of a straight leg, before it is looked at closely
const NOTABLE = 0.02; // progress worth telling

/**
 * @typedef {object} Route
 * @property {"straight" | "geodesic" | "drawn"} kind of what it is now: until a geodesic is found, it is straight
 * @property {number[][]} places as it is drawn on the plane
 * @property {import("../../math/track.js").Track} track equal steps: in z; of a geodesic, in the picture
 * @property {boolean} closed
 * @property {object} payload that it leads through
 * @property {object} lengths as far as they are known; see `lengths.js`
 * @property {?number} progress of the search for a geodesic, 0…1
 *
 * @typedef {{kind: string, places: number[][], closed: boolean, payload: object}} Wanted
 * @param {function(?Route): void} onChange told of a new route, and again when more is known of it
 * @returns {{follow: function(?Wanted): void, destroy: function(): void}} follow: that path from now on, or none
 */
export function createRoute(onChange) {
  const geodesics = createGeodesics();
  let followed; // nothing was said of any yet
  let stop = () => {};

  const follow = (wanted) => {
    if (same(wanted, followed)) return;
    stop();
    followed = wanted;
    if (!wanted) return onChange(null);
    const drawn = wanted.kind === "drawn";
    let route = firstRoute(wanted, geodesics);
    const learn = (more) => {
      route = { ...route, ...more };
      onChange(route);
    };
    learn({});
    stop = inSlices(drawn ? measuring(route, learn) : searching(wanted, geodesics, learn), () => {});
  };

  return { follow, destroy: () => stop() };
}

function same(a, b) {
  if (!a || !b) return a === b;
  const { payload, ...rest } = a;
  const { payload: other, ...others } = b;
  return payload === other && JSON.stringify(rest) === JSON.stringify(others);
}

/** What can be shown at once. */
function firstRoute({ kind, places, closed, payload }, geodesics) {
  const way = closed ? [...places, places[0]] : places;
  const track = createTrack(way, stepsInZ(way, payload.toLatent));
  const searches = kind === "geodesic" && !geodesics.has(legs(places, closed), payload);
  return {
    kind: kind === "drawn" ? kind : "straight",
    places: way, track, closed, payload, lengths: {}, progress: searches ? 0 : null,
  };
}

/** How long a path drawn by hand is. */
function* measuring({ places, payload }, learn) {
  const way = yield* closely(places, payload.decode);
  learn({ lengths: { drawn: lengthsOf([way], payload) } });
}

/** How long the straight path is; and the geodesic, if it is wanted or was found before. */
function* searching({ kind, places, closed, payload }, geodesics, learn) {
  const pairs = legs(places, closed);
  const lines = [];
  for (const pair of pairs) lines.push(yield* closely(line(pair, PIECES), payload.decode));
  const straight = lengthsOf(lines, payload);
  learn({ lengths: { straight } });
  if (kind !== "geodesic" && !geodesics.has(pairs, payload)) return;
  let told = 0;
  const ways = yield* geodesics.find(pairs, payload, (progress) => {
    if (progress - told >= NOTABLE) learn({ progress: (told = progress) });
  });
  const lengths = { straight, geodesic: lengthsOf(ways, payload) };
  learn(kind === "geodesic" ? { ...geodesicRoute(ways), lengths } : { lengths });
}

/** What a route becomes when its geodesics are found. */
function geodesicRoute(ways) {
  const places = joined(ways.map((way) => way.places));
  const track = createTrack(places, ways.flatMap(({ steps }) => steps));
  return { kind: "geodesic", places, track, progress: null };
}

function lengthsOf(ways, { toLatent }) {
  const inZ = stepsInZ(joined(ways.map(({ places }) => places)), toLatent);
  return { z: sum(inZ), picture: sum(ways.flatMap(({ steps }) => steps)) };
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
