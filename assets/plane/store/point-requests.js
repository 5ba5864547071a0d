// Asks the server for the points of the view, once the view has come to rest and where they are not here.

import { covers } from "../math/points.js";

const REST = 200; // ms

/** @param {function(?number[][]): void} send takes the view to the server; null: the whole plane */
export function createAsking(send) {
  let asked = ""; // for what, and with what here
  let timer = 0;
  return {
    /**
     * @param {?import("../format/points.js").Points} points what is here; null: there are no more
     * @param {?number[][]} view null: the whole plane
     * @returns {boolean} whether others will come
     */
    follow(points, view) {
      clearTimeout(timer);
      if (!points || covers(points, view)) return false;
      const wanted = JSON.stringify([points.key, view]);
      if (wanted !== asked) {
        timer = setTimeout(() => {
          asked = wanted;
          send(view);
        }, REST);
      }
      return true;
    },
    stop: () => clearTimeout(timer),
  };
}
