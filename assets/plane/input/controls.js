// What hands do to the plane: by pointer, fingers, keys, and the buttons above it.

import { BACKDROPS } from "../format/names.js";
import { sought } from "../format/find.js";
import { imagesOf } from "../math/points.js";
import { indicesInside } from "../math/polygon.js";
import { copyAddress } from "../store/address.js";
import { watchGestures } from "./gestures.js";
import { createHelp } from "./help.js";
import { watchKeys } from "./keyboard.js";
import { watchPinches } from "./pinch.js";
import { watchPointer } from "./pointer.js";
import { downloadPicture } from "../layers/snapshot.js";
import { watchStrokes } from "./stroke.js";
import { createToolbar } from "./toolbar.js";

const COPIED_FOR = 1500; // ms that the button says so

/**
 * Let a plane obey them.
 * @param {import("../plane.js").Plane} plane
 * @param {{instrument: HTMLElement, root: HTMLElement, toolbar: HTMLElement, help: HTMLDialogElement}} elements
 * @returns {{toolbar: object, atRest: function(): Promise<void>}} the toolbar; atRest resolves when no gesture is under way
 */
export function giveHands(plane, { instrument, root, toolbar, help }) {
  const sheet = createHelp(help);
  const { scatter } = plane;
  const pinching = watchPinches(root, scatter, () => plane.leave());
  const atRest = watchGestures(root, (event) => scatter.drags(event));
  watchPointer(root, {
    busy: pinching,
    point: (event) => plane.point(event),
    leave: () => plane.leave(),
    click: (event) => plane.click(event),
  });
  watchStrokes(root, scatter, () => scatter.tool, {
    drawing: (stroke, closed) => plane.drawAlso({ stroke, closed }),
    drawn: (places, tool) => take(plane, places, tool),
  });
  const actions = {
    home: () => plane.payload && scatter.showAll().then(() => plane.rest()),
    present: () => plane.tools && plane.presenter.set(!plane.presenter.presenting, true),
    help: () => sheet.open(),
  };
  const bar = createToolbar(toolbar, {
    ...actions,
    change: (changes) => plane.changeOptions(changes),
    tool: (tool) => plane.channel.send("tool", tool),
    find: (text) => find(plane, text),
    all: () => scatter.hide([]),
    redraw: () => plane.changeOptions({ seed: plane.look.options.seed + 1 }),
    link: () => copyLink(plane, toolbar.querySelector("[data-action=link]")),
    image: () => downloadPicture(root, scatter, plane.theme, `${plane.payload.run}-plane.png`),
  });
  watchKeys(instrument, {
    ...actions,
    move: (step) => plane.moveBy(step),
    zoom: (factor) => plane.payload && scatter.zoom(factor, plane.place()),
    pin: () => plane.pinAt(plane.place()),
    clear: () => bar.closeSheet() || plane.clear(),
    play: () => plane.channel.signal("play"),
    keep: () => plane.keep(plane.place()),
    nextBackdrop: () => turnBackdrop(plane, 1),
    previousBackdrop: () => turnBackdrop(plane, -1),
  });
  return { toolbar: bar, atRest };
}

/** A stroke of a tool: a lasso or a box chooses points, a path is for who asked for it. */
function take(plane, places, tool) {
  if (tool === "path") return plane.channel.signal("stroke", places.map((place) => plane.clamped(place)));
  const { points } = plane.scatter;
  const inside = indicesInside(places, points.x, points.y, points.labels, plane.scatter.hiddenLabels);
  const indices = points.images ? imagesOf(points, inside) : inside;
  plane.channel.send("selection", { indices, ids: points.ids && inside.map((i) => points.ids[i]) });
  plane.announce(`${indices.length} images chosen`);
}

function turnBackdrop(plane, by) {
  if (!plane.tools) return;
  const names = Object.keys(BACKDROPS);
  const at = names.indexOf(plane.look.options.backdrop) + by + names.length;
  const backdrop = names[at % names.length];
  plane.changeOptions({ backdrop });
  plane.announce(BACKDROPS[backdrop]);
}

/** Look for a label or an image; returns what came of it. */
function find(plane, text) {
  const labels = plane.scatter.classes.map(({ label }) => label);
  const n = plane.payload.labels.length;
  const { label, index } = sought(text, labels, n) ?? {};
  if (label !== undefined) {
    plane.scatter.hide(labels.filter((other) => other !== label));
    return `only ${label}`;
  }
  if (index === undefined) return `Type a label such as 7, or #0 to #${n - 1} for an image.`;
  plane.pinAt(plane.placeOfImage(index));
  return `#${index} is a ${plane.payload.labels[index]}`;
}

async function copyLink(plane, button) {
  plane.look.flush();
  const copied = await copyAddress();
  if (!copied) return plane.say("The browser does not let a page copy here. Copy the address from its address bar.");
  plane.announce("Link copied");
  button.classList.add("lp-done");
  setTimeout(() => button.classList.remove("lp-done"), COPIED_FOR);
}
