// Films that the server is asked to make.

const PATIENCE = 60_000; // ms without an answer

/**
 * @param {function(string): void} say tells the reader how it stands
 * @param {function(boolean): void} onWaiting whether an order is under way
 */
export function createOrders(say, onWaiting) {
  let sendToServer = null;
  let waitingFor = null; // the id of an order
  let timer = 0;

  const wait = (id) => {
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
    send(order) {
      const id = `${Date.now()}-${Math.random().toString(36).slice(2, 10)}`;
      say("Making the GIF…");
      wait(id);
      sendToServer({ id, ...order });
    },
    /** A message of the server: {data: {answer: {id, error} | null}}. */
    receive({ data, setTriggerValue }) {
      sendToServer = (order) => setTriggerValue("save", order);
      if (!data.answer || data.answer.id !== waitingFor) return;
      wait(null);
      say(data.answer.error ?? "");
    },
    destroy: () => clearTimeout(timer),
  };
}
