// How the reader left the panel, kept while they are on another page.

const settings = new WeakMap(); // channel → its settings

/** The settings of a channel's panel: one object, which the panel changes. */
export function settingsOf(channel) {
  if (!settings.has(channel)) {
    settings.set(channel, {
      kind: "straight", // or "geodesic" or "drawn"
      closed: false,
      stroke: null, // places of the path drawn by hand
      n: 24, // frames of the film
      speed: 1,
      loop: "loop", // or "off" or "back"
      position: 0, // in the film, in frames
    });
  }
  return settings.get(channel);
}
