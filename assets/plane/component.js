// How a drawn thing lives in Streamlit: created once for its element, updated with every message, then destroyed.

/**
 * @param {function(HTMLElement): {update: function(object): void, destroy: function(): void}} create
 * @returns {function(object): function(): void} a component's entry point; Streamlit calls it with every new message
 *   and when the theme changes, on the same element
 */
export function component(create) {
  const instances = new WeakMap();
  return (message) => {
    const { parentElement } = message;
    if (!instances.has(parentElement)) instances.set(parentElement, create(parentElement));
    instances.get(parentElement).update(message);
    return () => {
      setTimeout(() => {
        if (parentElement.isConnected) return; // it was a call between two messages
        instances.get(parentElement)?.destroy();
        instances.delete(parentElement);
      });
    };
  };
}
