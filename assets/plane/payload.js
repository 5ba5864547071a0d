// Where the planes on a page find the payloads that the server has sent.

import { readPayload } from "./model/payload.js";

const KEPT_BYTES = 96e6; // of payloads held for planes that come back to them: 60 epochs of the bundled model are 62 MB
const received = new Map(); // payload's key → {payload, bytes}, oldest first
const waiting = new Map(); // payload's key → set of callbacks

/** Streamlit component: takes the bytes and shows nothing. */
export function mount({ data }) {
  if (!data?.length) return; // the server knows that it is here
  const payload = readPayload(data);
  keep(payload, data.byteLength);
  const callbacks = waiting.get(payload.key) ?? [];
  waiting.delete(payload.key);
  for (const callback of callbacks) callback(payload);
}

/** Whether it is the same part of the same snapshot, as it is now. */
function supersedes(newer, older) {
  return ["run", "moment", "split"].every((name) => newer[name] === older[name]) && !newer.encode === !older.encode;
}

/** Hold it in place of what it supersedes, within the budget. */
function keep(payload, bytes) {
  for (const [key, { payload: older }] of received) {
    if (supersedes(payload, older)) received.delete(key);
  }
  received.set(payload.key, { payload, bytes });
  let sum = [...received.values()].reduce((total, entry) => total + entry.bytes, 0);
  for (const [key, entry] of received) {
    if (sum <= KEPT_BYTES || key === payload.key) break;
    received.delete(key);
    sum -= entry.bytes;
  }
}

/**
 * Call back with the payload of that key: at once if it is here, else when it comes.
 * @returns {function(): void} stops the waiting
 */
export function whenReceived(key, callback) {
  if (received.has(key)) {
    callback(received.get(key).payload);
    return () => {};
  }
  if (!waiting.has(key)) waiting.set(key, new Set());
  const callbacks = waiting.get(key).add(callback);
  return () => {
    callbacks.delete(callback);
    if (!callbacks.size && waiting.get(key) === callbacks) waiting.delete(key);
  };
}
