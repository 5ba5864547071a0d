// Requests to the server for the points of a view, sent when the view has come to rest.

import { covers } from "../math/points.js";

/** @import { Points, Ranges } from "../types.js" */

const REST = 200; // ms

/** @param {(view: ?Ranges) => void} send null: the whole plane */
export function createPointRequests(send) {
  let sent = ""; // the last request: points at hand and view
  let timer = 0;
  return {
    /**
     * @param {?Points} points at hand; null: there are no more than the images
     * @param {?Ranges} view null: the whole plane
     * @returns {boolean} whether more are on their way
     */
    follow(points, view) {
      clearTimeout(timer);
      if (!points || covers(points, view)) return false;
      const wanted = JSON.stringify([points.key, view]);
      if (wanted !== sent) {
        timer = setTimeout(() => {
          sent = wanted;
          send(view);
        }, REST);
      }
      return true;
    },
    stop: () => clearTimeout(timer),
  };
}
