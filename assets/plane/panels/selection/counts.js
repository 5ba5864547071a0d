// How many images of each class, as bars with numbers.

import { CLASS_COLOURS } from "../../layers/theme.js";

/**
 * @param {HTMLElement} list filled by this module
 * @param {[number, number][]} counts [label, n]
 * @param {number} n of all of them
 */
export function showCounts(list, counts, n) {
  const most = Math.max(...counts.map(([, count]) => count));
  list.replaceChildren(...counts.map(([label, count]) => {
    const item = document.createElement("li");
    item.innerHTML = "<b></b><i><u></u></i><span></span>";
    const [name, track, figure] = item.children;
    name.textContent = label;
    Object.assign(track.firstChild.style, {
      width: `${(100 * count) / most}%`, background: CLASS_COLOURS[label % CLASS_COLOURS.length],
    });
    figure.textContent = `${count.toLocaleString("en")} · ${share(count / n)}`;
    return item;
  }));
}

function share(part) {
  return part < 0.005 ? "< 1 %" : `${Math.round(100 * part)} %`;
}
