// Where the planes on a page find the points of their views, where these are more than the images of the payload.

import { readPoints } from "../format/points.js";
import { createStore } from "./cache.js";

const KEPT_BYTES = 8e6; // of views that a plane may come back to: a whole one is half a megabyte
const store = createStore(KEPT_BYTES, (newer, older) => newer.key === older.key);

/** Streamlit component: takes the bytes and shows nothing. */
export function mount({ data }) {
  if (data?.length) store.put(readPoints(data), data.byteLength);
}

export const whenPointsReceived = store.when;
