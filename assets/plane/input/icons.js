// Icons of the toolbar, 20×20, in the colour of the text.

/** @type {Record<string, string>} */
const PATHS = {
  move: "M10 2v16M2 10h16M10 2 7.5 4.5M10 2l2.5 2.5M10 18l-2.5-2.5M10 18l2.5-2.5M2 10l2.5-2.5M2 10l2.5 2.5M18 10l-2.5-2.5M18 10l-2.5 2.5",
  zoom: "M8.5 14a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM12.5 12.5 17.5 17.5M6 8.5h5M8.5 6v5",
  lasso: "M5 12.5C1 8 5 3 10.5 3s8 3.5 6.5 6.5-8 4.5-11 3.2c-2.5-.8-2 2.3 0 2.3M6 15c1.5.8 1 2.5-1 3",
  box: "M3 6V3h3M14 3h3v3M17 14v3h-3M6 17H3v-3M9 3h2M9 17h2M3 9v2M17 9v2",
  path: "M3 17c0-6 5-2 7-7s5-1 7-7M3 17h.01M17 3h.01",
  home: "M3 9.5 10 3l7 6.5M5 8v9h10V8M8.5 17v-5h3v5",
  present: "M3 4h14v9.5H3zM10 13.5V17M6.5 17h7",
  link: "M8 12a3.5 3.5 0 0 0 5 0l3-3a3.5 3.5 0 0 0-5-5l-1 1M12 8a3.5 3.5 0 0 0-5 0l-3 3a3.5 3.5 0 0 0 5 5l1-1",
  image: "M3 4h14v12H3zM3 13l4-4 4 4 2.5-2.5L17 14M13 7.5h.01",
  help: "M7 7.5A3 3 0 1 1 11.5 10c-1 .6-1.5 1.2-1.5 2.5M10 16h.01",
  options: "M3 5h8M15 5h2M13 3.2v3.600M3 10h2M9 10h8M7 8.2v3.600M3 15h9M16 15h1M14 13.2v3.600",
  close: "M4.5 4.5l11 11M15.5 4.5l-11 11",
};

/**
 * An icon as SVG markup.
 * @param {string} name
 */
export function icon(name) {
  return `<svg viewBox="0 0 20 20" aria-hidden="true"><path d="${PATHS[name]}"/></svg>`;
}
