// Loads plotly.js, which the installed plotly package ships. It is a classic script and needs a tag.

const plotly = window.Plotly ? Promise.resolve(window.Plotly) : load(new URL("../plotly.min.js", import.meta.url));

document.createElement("canvas").getContext("webgl"); // wakes the graphics process while the script loads

/** @returns {Promise<any>} Plotly, loaded once */
export function loadPlotly() {
  return plotly;
}

/** @param {URL} url */
function load(url) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url.href;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error(`cannot load ${url}`));
    document.head.append(script);
  });
}
