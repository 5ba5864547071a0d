// Controls of the plane: pointer, fingers, keyboard and toolbar.

import { find as findElement } from "../dom.js";
import { sought } from "../format/find.js";
import { MAX_PINS } from "../format/link.js";
import { BACKDROPS, classOf } from "../format/names.js";
import { downloadPicture } from "../layers/snapshot.js";
import { imagesOf } from "../math/points.js";
import { indicesInside } from "../math/polygon.js";
import { copyAddress } from "../store/address.js";
import { withPin } from "../store/pins.js";
import { watchGestures } from "./gestures.js";
import { createHelp } from "./help.js";
import { watchKeyboard } from "./keyboard.js";
import { watchPinches } from "./pinch.js";
import { watchPointer } from "./pointer.js";
import { watchStrokes } from "./stroke.js";
import { createToolbar } from "./toolbar.js";

/**
 * @import { Place } from "../types.js"
 * @import { Plane } from "../plane.js"
 */

const COPIED_FOR = 1500; // ms that the button confirms it

/**
 * @param {Plane} plane
 * @param {HTMLElement} toolbar
 * @param {HTMLDialogElement} help
 */
export function createControls(plane, toolbar, help) {
  const { root, instrument, scatter, cursor } = plane;
  const sheet = createHelp(help);
  const isPinching = watchPinches(root, scatter, () => cursor.leave());
  const atRest = watchGestures(root, (event) => scatter.drags(event));
  watchPointer(root, {
    busy: isPinching,
    point: (event) => cursor.point(event),
    leave: () => cursor.leave(),
    click: (event) => click(plane, event),
  });
  watchStrokes(root, scatter.axes, () => scatter.tool, {
    drawing: (stroke, closed) => plane.drawAlso({ stroke, closed }),
    drawn: (places, tool) => takeStroke(plane, places, tool),
  });
  const actions = {
    home: () => plane.payload && scatter.showAll().then(() => plane.viewport.rest()),
    present: () => plane.tools && plane.presenter.set(!plane.presenter.presenting, true),
    help: () => sheet.open(),
  };
  const bar = createToolbar(toolbar, {
    ...actions,
    change: (changes) => plane.changeOptions(changes),
    tool: (tool) => plane.channel.send("tool", tool),
    find: (text) => find(plane, text),
    all: () => scatter.hide([]),
    redraw: () => plane.changeOptions({ seed: plane.settings.options.seed + 1 }),
    link: () => copyLink(plane, findElement(toolbar, "[data-action=link]")),
    image: () => saveImage(plane),
  });
  watchKeyboard(instrument, {
    ...actions,
    move: (step) => moveBy(plane, step),
    zoom: (factor) => plane.payload && scatter.zoom(factor, cursor.place),
    pin: () => plane.pinAt(cursor.place),
    clear: () => bar.closeSheet() || clear(plane),
    play: () => plane.channel.signal("play", undefined),
    keep: () => keep(plane, cursor.place),
    nextBackdrop: () => turnBackdrop(plane, 1),
    previousBackdrop: () => turnBackdrop(plane, -1),
  });
  return {
    toolbar: bar,
    /** Resolves when no drag, wheel or pinch is under way. */
    atRest,
  };
}

/**
 * @param {Plane} plane
 * @param {PointerEvent} event
 */
function click(plane, event) {
  const place = plane.payload && plane.cursor.targetOf(event);
  if (!place) return;
  if (event.shiftKey && plane.tools) keep(plane, place);
  else plane.pinAt(place);
}

/**
 * @param {Plane} plane
 * @param {number[]} step
 */
function moveBy(plane, step) {
  if (!plane.payload) return;
  plane.cursor.move(plane.cursor.place.map((value, axis) => value + step[axis]));
  plane.readout.show();
  plane.readout.announce();
}

/**
 * Keep a place as one of the pins.
 * @param {Plane} plane
 * @param {Place} place
 */
function keep(plane, place) {
  if (!plane.tools) return;
  const { pins } = plane.overlay.drawn;
  if (pins.length < MAX_PINS) plane.channel.send("pins", withPin(pins, plane.cursor.clamped(place)));
  else plane.notices.warn(`There are ${MAX_PINS} pins, which is the most. Remove one first.`);
}

/**
 * Escape clears the selection first, then the cursor, then the presentation.
 * @param {Plane} plane
 */
function clear(plane) {
  if (plane.overlay.drawn.selection) plane.channel.send("selection", null);
  else if (!plane.cursor.moving) plane.presenter.set(false);
  plane.cursor.leave();
}

/**
 * A lasso or box selects points; a path goes to the panel that asked for it.
 * @param {Plane} plane
 * @param {Place[]} places
 * @param {string} tool
 */
function takeStroke(plane, places, tool) {
  const { points, hiddenLabels } = plane.scatter;
  if (tool === "path") return plane.channel.signal("stroke", places.map((place) => plane.cursor.clamped(place)));
  const inside = indicesInside(places, points.x, points.y, points.labels, hiddenLabels);
  const indices = points.images ? imagesOf({ images: points.images }, inside) : inside;
  const { ids } = points;
  plane.channel.send("selection", { indices, ids: ids && inside.map((i) => ids[i]) });
  plane.notices.announce(`${indices.length} images chosen`);
}

/**
 * @param {Plane} plane
 * @param {number} by
 */
function turnBackdrop(plane, by) {
  if (!plane.tools) return;
  const names = Object.keys(BACKDROPS);
  const at = names.indexOf(plane.settings.options.backdrop) + by + names.length;
  const backdrop = names[at % names.length];
  plane.changeOptions({ backdrop });
  plane.notices.announce(BACKDROPS[backdrop]);
}

/**
 * Show one label only, or pin an image; returns the outcome in words.
 * @param {Plane} plane
 * @param {string} text
 */
function find(plane, text) {
  const { payload, scatter } = plane;
  if (!payload) return "";
  const labels = scatter.classes.map(({ label }) => label);
  const n = payload.labels.length;
  const { label, index } = sought(text, labels, n) ?? {};
  if (label !== undefined) {
    scatter.hide(labels.filter((other) => other !== label));
    return `only ${label}`;
  }
  if (index === undefined) return `Type a label such as 7, or #0 to #${n - 1} for an image.`;
  const { x, y } = payload.points ? payload : scatter.points; // an image with several points: its mean
  plane.pinAt([x[index], y[index]]);
  return `#${index} is a ${classOf(payload, index).name}`;
}

/** @param {Plane} plane */
function saveImage({ root, scatter, payload, theme, notices }) {
  if (!payload || !theme) return;
  downloadPicture(root, scatter, theme, `${payload.run}-plane.png`).catch((error) => {
    notices.warn(`The picture could not be saved: ${error.message}.`);
  });
}

/**
 * @param {Plane} plane
 * @param {HTMLElement} button
 */
async function copyLink(plane, button) {
  plane.settings.flush();
  const copied = await copyAddress();
  if (!copied) return plane.notices.warn("The browser does not let a page copy here. Copy the address from its address bar.");
  plane.notices.announce("Link copied");
  button.classList.add("lp-done");
  setTimeout(() => button.classList.remove("lp-done"), COPIED_FOR);
}
