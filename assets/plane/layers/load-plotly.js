// plotly.js, as the installed plotly package ships it; a classic script, so it is loaded by a tag.

const plotly = window.Plotly ? Promise.resolve(window.Plotly) : load(new URL("../plotly.min.js", import.meta.url));

document.createElement("canvas").getContext("webgl"); // wakes the graphics process while the script is on its way

/** @returns {Promise<object>} Plotly, loaded once */
export function loadPlotly() {
  return plotly;
}

function load(url) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error(`cannot load ${url}`));
    document.head.append(script);
  });
}
