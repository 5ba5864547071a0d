// Payloads that the server has sent, for all planes of a page.

import { readPayload } from "../format/payload.js";
import { createCache } from "./cache.js";

/** @import { Message, Payload } from "../types.js" */

const KEPT_BYTES = 96e6; // 60 epochs of the bundled model are 62 MB
const cache = createCache(KEPT_BYTES, isSameSnapshot);

/**
 * Streamlit component without a picture: takes the bytes. There are none if the browser has them already.
 * @param {Pick<Message<?Uint8Array>, "data">} message
 */
export function mount({ data }) {
  if (data?.length) cache.put(readPayload(data), data.byteLength);
}

/**
 * Whether two payloads hold the same part of the same snapshot.
 * @param {Payload} newer
 * @param {Payload} older
 */
function isSameSnapshot(newer, older) {
  const isSame = newer.run === older.run && newer.moment === older.moment && newer.split === older.split;
  return isSame && !newer.encode === !older.encode;
}

export const whenReceived = cache.when;
export const isKept = cache.has;
