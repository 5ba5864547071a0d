// Cache of server payloads, with callbacks for pending keys.

/**
 * @template {{key: string}} Item `key` identifies the content
 * @param {number} budget bytes to keep; the newest item is always kept
 * @param {(newer: Item, older: Item) => boolean} supersedes whether `newer` makes `older` useless
 */
export function createCache(budget, supersedes) {
  /** @type {Map<string, {item: Item, bytes: number}>} */
  const entries = new Map(); // oldest first
  /** @type {Map<string, Set<(item: Item) => void>>} */
  const pending = new Map(); // key → callbacks
  return {
    /**
     * Store an item, drop those that it supersedes, and call its pending callbacks.
     * @param {Item} item
     * @param {number} bytes
     */
    put(item, bytes) {
      for (const [key, { item: older }] of entries) if (supersedes(item, older)) entries.delete(key);
      entries.set(item.key, { item, bytes });
      let sum = [...entries.values()].reduce((total, entry) => total + entry.bytes, 0);
      for (const [key, entry] of entries) {
        if (sum <= budget || key === item.key) break;
        entries.delete(key);
        sum -= entry.bytes;
      }
      const callbacks = pending.get(item.key) ?? [];
      pending.delete(item.key);
      for (const callback of callbacks) callback(item);
    },
    /** @param {string} key */
    has: (key) => entries.has(key),
    /**
     * Call back with the item of a key: at once, or when it arrives.
     * @param {string} key
     * @param {(item: Item) => void} callback
     * @returns {() => void} cancels
     */
    when(key, callback) {
      const entry = entries.get(key);
      if (entry) {
        callback(entry.item);
        return () => {};
      }
      const callbacks = pending.get(key) ?? new Set();
      pending.set(key, callbacks.add(callback));
      return () => {
        callbacks.delete(callback);
        if (!callbacks.size && pending.get(key) === callbacks) pending.delete(key);
      };
    },
  };
}
