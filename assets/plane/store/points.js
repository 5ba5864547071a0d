// Sampled points that the server has sent, for all planes of a page.

import { readPoints } from "../format/points.js";
import { createCache } from "./cache.js";

/** @import { Message, Points } from "../types.js" */

const KEPT_BYTES = 8e6; // half a megabyte a view
const cache = createCache(KEPT_BYTES, (/** @type {Points} */ newer, /** @type {Points} */ older) => newer.key === older.key);

/**
 * Streamlit component without a picture: takes the bytes.
 * @param {Pick<Message<?Uint8Array>, "data">} message
 */
export function mount({ data }) {
  if (data?.length) cache.put(readPoints(data), data.byteLength);
}

export const whenPointsReceived = cache.when;
