// Routes: the path of the film, its parametrisation and its lengths.

import { refined } from "../../math/refined-path.js";
import { createTrack, joined, legs, line, stepsInZ } from "../../math/track.js";
import { inSlices } from "../slices.js";
import { findGeodesics, hasGeodesics } from "./geodesics.js";

const PIECES = 16; // of a straight leg, before it is refined
const NOTABLE = 0.02; // progress worth reporting

/**
 * @import { Place, SeenPayload } from "../../types.js"
 * @import { RefinedPath } from "../../math/refined-path.js"
 * @import { Track } from "../../math/track.js"
 * @import { Lengths } from "./lengths.js"
 *
 * @typedef {object} Route
 * @property {string} kind "straight", "geodesic" or "drawn"; a geodesic is straight until it is found
 * @property {Place[]} places as drawn on the plane
 * @property {Track} track with equal steps in z, or of a geodesic in picture space
 * @property {boolean} closed
 * @property {SeenPayload} payload
 * @property {Lengths} lengths
 * @property {?number} progress of the search for a geodesic, 0…1
 *
 * @typedef {{kind: string, places: Place[], closed: boolean, payload: SeenPayload}} Wanted
 * @typedef {(more: Partial<Route>) => void} Learn
 */

/**
 * @param {(route: ?Route) => void} onChange called with a new route, and again when more is known of it
 */
export function createRoute(onChange) {
  /** @type {?Wanted | undefined} */
  let followed; // undefined: before the first call
  let stop = () => {};

  /**
   * Change the route.
   * @param {?Wanted} wanted
   */
  const follow = (wanted) => {
    if (same(wanted, followed)) return;
    stop();
    followed = wanted;
    if (!wanted) return onChange(null);
    let route = firstRoute(wanted);
    const learn = (/** @type {Partial<Route>} */ more) => {
      route = { ...route, ...more };
      onChange(route);
    };
    learn({});
    stop = inSlices(wanted.kind === "drawn" ? measuring(route, learn) : searching(wanted, learn), () => {});
  };

  return { follow, destroy: () => stop() };
}

/**
 * @param {?Wanted} a
 * @param {?Wanted | undefined} b
 */
function same(a, b) {
  if (!a || !b) return a === b;
  const { payload, ...rest } = a;
  const { payload: other, ...others } = b;
  return payload === other && JSON.stringify(rest) === JSON.stringify(others);
}

/**
 * The route that can be shown at once.
 * @param {Wanted} wanted
 * @returns {Route}
 */
function firstRoute({ kind, places, closed, payload }) {
  const path = closed ? [...places, places[0]] : places;
  const track = createTrack(path, stepsInZ(path, payload.toLatent));
  const searches = kind === "geodesic" && !hasGeodesics(legs(places, closed), payload);
  return {
    kind: kind === "drawn" ? kind : "straight",
    places: path, track, closed, payload, lengths: {}, progress: searches ? 0 : null,
  };
}

/**
 * Measure a path drawn by hand.
 * @param {Pick<Route, "places" | "payload">} route
 * @param {Learn} learn
 * @returns {Generator<void, void>}
 */
function* measuring({ places, payload }, learn) {
  const path = yield* refined(places, payload.decode);
  learn({ lengths: { drawn: lengthsOf([path], payload) } });
}

/**
 * Measure the straight path, and find the geodesic if it is wanted or known.
 * @param {Wanted} wanted
 * @param {Learn} learn
 * @returns {Generator<void, void>}
 */
function* searching({ kind, places, closed, payload }, learn) {
  const pairs = legs(places, closed);
  /** @type {RefinedPath[]} */
  const lines = [];
  for (const pair of pairs) lines.push(yield* refined(line(pair, PIECES), payload.decode));
  const straight = lengthsOf(lines, payload);
  learn({ lengths: { straight } });
  if (kind !== "geodesic" && !hasGeodesics(pairs, payload)) return;
  let told = 0;
  const paths = yield* findGeodesics(pairs, payload, (progress) => {
    if (progress - told >= NOTABLE) learn({ progress: (told = progress) });
  });
  const lengths = { straight, geodesic: lengthsOf(paths, payload) };
  learn(kind === "geodesic" ? { ...geodesicRoute(paths), lengths } : { lengths });
}

/**
 * Changes of a route when its geodesics are found.
 * @param {RefinedPath[]} paths
 */
function geodesicRoute(paths) {
  const places = joined(paths.map((path) => path.places));
  const track = createTrack(places, paths.flatMap(({ steps }) => steps));
  return { kind: "geodesic", places, track, progress: null };
}

/**
 * @param {RefinedPath[]} paths
 * @param {SeenPayload} payload
 */
function lengthsOf(paths, { toLatent }) {
  const inZ = stepsInZ(joined(paths.map(({ places }) => places)), toLatent);
  return { z: sum(inZ), picture: sum(paths.flatMap(({ steps }) => steps)) };
}

/** @param {number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
