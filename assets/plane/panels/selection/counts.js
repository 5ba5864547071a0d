// Bar chart of the number of images of each class.

import { find } from "../../dom.js";

/** @import { ImageClass } from "../../types.js" */

/**
 * @param {HTMLElement} list filled by this module
 * @param {number[][]} counts [label, n]
 * @param {number} n sum of them
 * @param {ImageClass[]} classes
 */
export function showCounts(list, counts, n, classes) {
  const most = Math.max(...counts.map(([, count]) => count));
  list.replaceChildren(...counts.map(([label, count]) => {
    const item = document.createElement("li");
    item.innerHTML = "<b></b><i><u></u></i><span></span>";
    find(item, "b").textContent = classes[label].name;
    Object.assign(find(item, "u").style, {
      width: `${(100 * count) / most}%`, background: classes[label].colour,
    });
    find(item, "span").textContent = `${count.toLocaleString("en")} · ${share(count / n)}`;
    return item;
  }));
}

/** @param {number} part */
function share(part) {
  return part < 0.005 ? "< 1 %" : `${Math.round(100 * part)} %`;
}
