// The page's address, kept in step with the view so that it can be bookmarked and shared.

import { formatView, parseView } from "../format/link.js";

/** @import { View } from "../format/link.js" */

const REST = 250; // ms without a change until it is written, since browsers limit the rate

/**
 * The view in the address.
 * @param {number} limit of |u| and |v|
 */
export function readAddress(limit) {
  return parseView(new URLSearchParams(location.search), limit);
}

export function createAddress() {
  let timer = 0;
  /** @type {?View} */
  let waiting = null;
  const flush = () => {
    clearTimeout(timer);
    if (waiting) replaceQuery(formatView(waiting, new URLSearchParams(location.search)));
    waiting = null;
  };
  return {
    /**
     * Write a view soon.
     * @param {View} view
     */
    write(view) {
      waiting = view;
      clearTimeout(timer);
      timer = setTimeout(flush, REST);
    },
    /** Write now what waits. */
    flush,
  };
}

/** Whether the address asks for presentation. */
export function isPresented() {
  return new URLSearchParams(location.search).get("present") === "1";
}

/**
 * Write to the address whether the plane is presented.
 * @param {boolean} presenting
 */
export function notePresenting(presenting) {
  const query = new URLSearchParams(location.search);
  if (presenting) query.set("present", "1");
  else query.delete("present");
  replaceQuery(query);
}

function replaceQuery(query) {
  const text = query.toString().replace(/%2C/g, ",").replace(/%3B/g, ";"); // legal in a query
  const address = `${location.pathname}${text ? `?${text}` : ""}${location.hash}`;
  if (address === `${location.pathname}${location.search}${location.hash}`) return;
  history.replaceState(history.state, "", address);
}

/** Copy the page's address to the clipboard; resolves to whether the browser allowed it. */
export async function copyAddress() {
  try {
    await navigator.clipboard.writeText(location.href);
    return true;
  } catch {
    return false; // as on a page from another machine without TLS
  }
}
