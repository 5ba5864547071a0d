// What the drawn things of one page tell each other: the plane, and the panels beside it.

const channels = new Map();

/** The channel of that name, the same for everybody who asks. */
export function channel(name) {
  if (!channels.has(name)) channels.set(name, createChannel());
  return channels.get(name);
}

function createChannel() {
  const states = new Map(); // topic → what was sent last
  const listeners = new Map(); // topic → set of functions
  const of = (topic) => listeners.get(topic) ?? listeners.set(topic, new Set()).get(topic);
  const tell = (topic, value) => [...of(topic)].forEach((listener) => listener(value));
  return {
    /** Say how something is from now on; who begins to listen later still hears it. */
    send(topic, value) {
      states.set(topic, value);
      tell(topic, value);
    },
    /** Say that something happened, or should happen; only who listens now hears it. */
    signal: tell,
    /** How it is: what was sent last, or undefined. */
    last: (topic) => states.get(topic),
    /** Listen from now on, starting with what was sent last; returns how to stop. */
    listen(topic, listener) {
      of(topic).add(listener);
      if (states.has(topic)) listener(states.get(topic));
      return () => of(topic).delete(listener);
    },
  };
}
