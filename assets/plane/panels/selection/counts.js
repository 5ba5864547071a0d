// Bar chart of the number of images of each class.

import { find } from "../../dom.js";
import { CLASS_COLOURS } from "../../layers/theme.js";

/**
 * @param {HTMLElement} list filled by this module
 * @param {number[][]} counts [label, n]
 * @param {number} n sum of them
 */
export function showCounts(list, counts, n) {
  const most = Math.max(...counts.map(([, count]) => count));
  list.replaceChildren(...counts.map(([label, count]) => {
    const item = document.createElement("li");
    item.innerHTML = "<b></b><i><u></u></i><span></span>";
    find(item, "b").textContent = String(label);
    Object.assign(find(item, "u").style, {
      width: `${(100 * count) / most}%`, background: CLASS_COLOURS[label % CLASS_COLOURS.length],
    });
    find(item, "span").textContent = `${count.toLocaleString("en")} · ${share(count / n)}`;
    return item;
  }));
}

/** @param {number} part */
function share(part) {
  return part < 0.005 ? "< 1 %" : `${Math.round(100 * part)} %`;
}
