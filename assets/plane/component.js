// Life cycle of a Streamlit component: created once for its element, updated by messages, destroyed when removed.

/** @import { Instance, Message } from "./types.js" */

/**
 * @param {(parent: HTMLElement) => Instance} create
 * @returns {(message: Message) => () => void} a component's `mount`; Streamlit calls it with every message and when the
 *   theme changes, on the same element
 */
export function component(create) {
  /** @type {WeakMap<HTMLElement, Instance>} */
  const instances = new WeakMap();
  return (message) => {
    const { parentElement } = message;
    let instance = instances.get(parentElement);
    if (!instance) instances.set(parentElement, (instance = create(parentElement)));
    instance.update(message);
    return () => {
      setTimeout(() => {
        if (parentElement.isConnected) return; // Streamlit cleans up between two messages, too
        instances.get(parentElement)?.destroy();
        instances.delete(parentElement);
      });
    };
  };
}
