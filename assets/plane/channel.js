// Message bus of a page: one channel for each plane and the panels beside it.

/** @import { Channel } from "./types.js" */

/** @type {Map<string, Channel>} */
const channels = new Map();

/**
 * The channel of that name, created on first use.
 * @param {string} name
 * @returns {Channel}
 */
export function channel(name) {
  let found = channels.get(name);
  if (!found) channels.set(name, (found = createChannel()));
  return found;
}

/** @returns {Channel} */
function createChannel() {
  /** @type {Map<string, any>} */
  const states = new Map(); // topic → value sent last
  /** @type {Map<string, Set<(value: any) => void>>} */
  const listeners = new Map();
  const of = (/** @type {string} */ topic) => {
    let found = listeners.get(topic);
    if (!found) listeners.set(topic, (found = new Set()));
    return found;
  };
  const tell = (/** @type {string} */ topic, /** @type {any} */ value) => {
    [...of(topic)].forEach((listener) => listener(value));
  };
  return {
    send(topic, value) {
      states.set(topic, value);
      tell(topic, value);
    },
    signal: tell,
    last: (topic) => states.get(topic),
    listen(topic, listener) {
      of(topic).add(listener);
      if (states.has(topic)) listener(states.get(topic));
      return () => of(topic).delete(listener);
    },
  };
}
