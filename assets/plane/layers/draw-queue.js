// Queue of one: draws the newest item and skips those that it overtook.

/**
 * @template Item
 * @param {(item: Item) => Promise<void>} draw must not reject
 * @param {() => Promise<void>} ready resolves when nothing forbids drawing, such as a drag
 */
export function createDrawQueue(draw, ready) {
  /** @type {?Item} */
  let next = null;
  let drawing = false;
  const run = async () => {
    if (drawing) return;
    drawing = true;
    while (next) {
      await ready();
      const item = next;
      next = null;
      if (item) await draw(item);
    }
    drawing = false;
  };
  return {
    /** @param {Item} item */
    put(item) {
      next = item;
      run();
    },
    clear: () => (next = null),
  };
}
