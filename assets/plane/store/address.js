// The address of the page, kept in step with the view, so that it can be bookmarked and given to others.

import { formatView, parseView } from "../format/link.js";

const REST = 250; // ms without a change after which the address is written: browsers limit how often it may be

/** What the address says of the view now; see `model/link.js`. */
export function readAddress() {
  return parseView(new URLSearchParams(location.search));
}

/** @returns {{write: function(object): void, flush: function(): void}} write: a whole view, soon; flush: what waits, now */
export function createAddress() {
  let timer = 0;
  let waiting = null;
  const flush = () => {
    clearTimeout(timer);
    if (waiting) replaceQuery(formatView(waiting, new URLSearchParams(location.search)));
    waiting = null;
  };
  return {
    write(view) {
      waiting = view;
      clearTimeout(timer);
      timer = setTimeout(flush, REST);
    },
    flush,
  };
}

/** Whether the address asks for the plane to be presented. */
export function isPresented() {
  return new URLSearchParams(location.search).get("present") === "1";
}

/** Note in the address whether the plane is presented. */
export function notePresenting(presenting) {
  const query = new URLSearchParams(location.search);
  if (presenting) query.set("present", "1");
  else query.delete("present");
  replaceQuery(query);
}

function replaceQuery(query) {
  const text = query.toString().replace(/%2C/g, ",").replace(/%3B/g, ";"); // both may stand in a query as they are
  const address = `${location.pathname}${text ? `?${text}` : ""}${location.hash}`;
  if (address === `${location.pathname}${location.search}${location.hash}`) return;
  history.replaceState(history.state, "", address);
}

/** Put the page's address on the clipboard; resolves to whether that was possible. */
export async function copyAddress() {
  try {
    await navigator.clipboard.writeText(location.href);
    return true;
  } catch {
    return false; // not in a page that came without encryption from another machine
  }
}
