// How many of the points are shown; asks for those of the view that the browser has not got.

import { countText } from "../format/points.js";
import { countsIn } from "../math/points.js";
import { createPointRequests } from "../store/point-requests.js";

/** @import { Points, Ranges } from "../types.js" */

/**
 * @param {HTMLElement} element
 * @param {(view: ?Ranges) => void} send asks the server for the points of a view
 */
export function createPointCount(element, send) {
  const requests = createPointRequests(send);
  return {
    /**
     * @param {?Points} points null: the images are all there is
     * @param {?Ranges} view null: the whole plane
     */
    follow(points, view) {
      const awaited = requests.follow(points, view);
      element.hidden = !points;
      if (!points) return;
      element.textContent = awaited ? "Looking for the points of this view…" : countText(countsIn(points, view));
    },
    stop: () => requests.stop(),
  };
}
