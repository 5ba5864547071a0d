// What has come from the server, until somebody asks for it; what has not, until it comes.

/**
 * @template Item an object with a `key` that names its content
 * @param {number} budget bytes that are kept; the newest item is kept in any case
 * @param {function(Item, Item): boolean} supersedes whether the first makes the second useless
 */
export function createStore(budget, supersedes) {
  const received = new Map(); // key → {item, bytes}, oldest first
  const waiting = new Map(); // key → set of callbacks
  return {
    /** Hold it in place of what it supersedes, and give it to all who wait for it. */
    put(item, bytes) {
      for (const [key, { item: older }] of received) if (supersedes(item, older)) received.delete(key);
      received.set(item.key, { item, bytes });
      let sum = [...received.values()].reduce((total, entry) => total + entry.bytes, 0);
      for (const [key, entry] of received) {
        if (sum <= budget || key === item.key) break;
        received.delete(key);
        sum -= entry.bytes;
      }
      const callbacks = waiting.get(item.key) ?? [];
      waiting.delete(item.key);
      for (const callback of callbacks) callback(item);
    },
    /**
     * Call back with the item of that key: at once if it is here, else when it comes.
     * @returns {function(): void} stops the waiting
     */
    when(key, callback) {
      if (received.has(key)) {
        callback(received.get(key).item);
        return () => {};
      }
      if (!waiting.has(key)) waiting.set(key, new Set());
      const callbacks = waiting.get(key).add(callback);
      return () => {
        callbacks.delete(callback);
        if (!callbacks.size && waiting.get(key) === callbacks) waiting.delete(key);
      };
    },
  };
}
