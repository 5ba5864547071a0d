// Where the planes on a page find the payloads that the server has sent.

import { readPayload } from "../format/payload.js";
import { createStore } from "./cache.js";

const KEPT_BYTES = 96e6; // of payloads held for planes that come back to them: 60 epochs of the bundled model are 62 MB
const store = createStore(KEPT_BYTES, isSameSnapshot);

/** Streamlit component: takes the bytes and shows nothing. */
export function mount({ data }) {
  if (data?.length) store.put(readPayload(data), data.byteLength); // none: the server knows that it is here
}

/** Whether it is the same part of the same snapshot, as it is now. */
function isSameSnapshot(newer, older) {
  return ["run", "moment", "split"].every((name) => newer[name] === older[name]) && !newer.encode === !older.encode;
}

export const whenReceived = store.when;
