// A panel: a component that lives beside a plane and hears of it by its channel.

import { channel } from "../channel.js";
import { component } from "../component.js";

/**
 * @param {function(HTMLElement): {listeners: Object<string, function(any): void>, connect?: function(object): void,
 *   update?: function(object): void, destroy?: function(): void}} create what the panel does: `listeners` by topic;
 *   `connect` is given the channel before any of them is called, `update` every message of the server
 * @returns a Streamlit component's `mount`; its messages hold {channel: name, …}
 */
export function panel(create) {
  return component((parent) => {
    const { listeners, connect, update, destroy } = create(parent);
    let stops = [];
    let connectedTo = null;
    const disconnect = () => stops.splice(0).forEach((stop) => stop());
    return {
      update(message) {
        update?.(message);
        if (message.data.channel === connectedTo) return;
        disconnect();
        connectedTo = message.data.channel;
        const connection = channel(connectedTo);
        connect?.(connection);
        stops = Object.entries(listeners).map(([topic, listener]) => connection.listen(topic, listener));
      },
      destroy() {
        disconnect();
        destroy?.();
      },
    };
  });
}
