// A panel: a component beside a plane, connected to its channel.

import { channel } from "../channel.js";
import { component } from "../component.js";

/**
 * @import { Channel, Listeners, Message, Topics } from "../types.js"
 *
 * @typedef {object} Panel
 * @property {Listeners} listeners by topic
 * @property {(channel: Channel) => void} [connect] called before any of the listeners
 * @property {(message: Message) => void} [update] called with every message of the server
 * @property {() => void} [destroy]
 */

/**
 * @param {(parent: HTMLElement) => Panel} create
 * @returns {(message: Message) => () => void} a Streamlit component's `mount`; its messages hold {channel: name, …}
 */
export function panel(create) {
  return component((parent) => {
    const { listeners, connect, update, destroy } = create(parent);
    /** @type {(() => void)[]} */
    let stops = [];
    /** @type {?string} */
    let connectedTo = null;
    const disconnect = () => stops.splice(0).forEach((stop) => stop());
    return {
      update(message) {
        update?.(message);
        const name = message.data.channel;
        if (name === connectedTo) return;
        disconnect();
        connectedTo = name;
        const connection = channel(name);
        connect?.(connection);
        stops = Object.entries(listeners).map(([topic, listener]) =>
          connection.listen(/** @type {keyof Topics} */ (topic), /** @type {(value: any) => void} */ (listener)));
      },
      destroy() {
        disconnect();
        destroy?.();
      },
    };
  });
}
