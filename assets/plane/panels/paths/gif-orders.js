// Orders of GIFs, which the server makes.

/** @import { Message } from "../../types.js" */

const PATIENCE = 60_000; // ms without an answer

/**
 * @typedef {{gif: boolean, answer: ?{id: string, error: ?string}}} GifData gif: whether the server makes GIFs; answer: to
 *   the last order
 *
 * @param {(text: string) => void} say
 * @param {(waiting: boolean) => void} onWaiting
 */
export function createGifOrders(say, onWaiting) {
  /** @type {?((order: object) => void)} */
  let sendToServer = null;
  /** @type {?string} */
  let waitingFor = null; // id of an order
  let timer = 0;

  const wait = (/** @type {?string} */ id) => {
    waitingFor = id;
    onWaiting(id !== null);
    clearTimeout(timer);
    if (id !== null) timer = setTimeout(giveUp, PATIENCE);
  };
  const giveUp = () => {
    wait(null);
    say("The server did not answer. Try again, or reload the page.");
  };

  return {
    /** @param {object} order */
    send(order) {
      const id = `${Date.now()}-${Math.random().toString(36).slice(2, 10)}`;
      say("Making the GIF…");
      wait(id);
      sendToServer?.({ id, ...order });
    },
    /** @param {Message<GifData>} message */
    receive({ data, setTriggerValue }) {
      sendToServer = (order) => setTriggerValue("save", order);
      if (!data.answer || data.answer.id !== waitingFor) return;
      wait(null);
      say(data.answer.error ?? "");
    },
    destroy: () => clearTimeout(timer),
  };
}
