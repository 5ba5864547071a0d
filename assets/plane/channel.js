// What a plane tells the pictures beside it: which place is shown now, and what the decoder draws there.

const channels = new Map();

/** The channel of that name, the same for everybody who asks. */
export function channel(name) {
  if (!channels.has(name)) channels.set(name, createChannel());
  return channels.get(name);
}

function createChannel() {
  const listeners = new Set();
  let last = null;
  return {
    /** @param {{z: number[], pixels: Float32Array, shape: number[], pinned: boolean, payload: object}} shown */
    send(shown) {
      last = shown;
      for (const listener of listeners) listener(shown);
    },
    /** Listen from now on, starting with the last message; returns how to stop. */
    listen(listener) {
      listeners.add(listener);
      if (last) listener(last);
      return () => listeners.delete(listener);
    },
  };
}
