// Strokes at places of the plane, each with a rim in the background's colour so that it stands out on anything.

import { context2d } from "../dom.js";
import { ellipse } from "../math/ellipse.js";

/**
 * @import { Pin, Place, Theme } from "../types.js"
 * @import { Axes } from "./axes.js"
 *
 * @typedef {CanvasRenderingContext2D} Context
 */

const PIN = 5; // px, radius
const HEAD = 9; // px, length of an arrow's head

/**
 * The cleared context of a canvas, in CSS px.
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLElement} element the canvas becomes as large
 */
export function clearedContext(canvas, { clientWidth, clientHeight } = canvas) {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [clientWidth * ratio, clientHeight * ratio].map(Math.round);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = context2d(canvas);
  context.reset();
  context.scale(ratio, ratio);
  return context;
}

export class Pen {
  /**
   * @param {Context} context
   * @param {Axes} axes
   * @param {Theme} theme
   */
  constructor(context, axes, theme) {
    this.context = context;
    this.axes = axes;
    this.theme = theme;
  }

  /**
   * @param {Place[]} places
   * @param {string} colour
   * @param {{width: number, closed?: boolean, dashes?: number[]}} style px
   */
  line(places, colour, { width, closed = false, dashes = [] }) {
    this.outlined(colour, width, dashes, (context) => {
      places.forEach((place) => context.lineTo(...this.axes.pixelOf(place)));
      if (closed) context.closePath();
    });
  }

  /**
   * The ellipse of points within `sigmas` standard deviations of a Gaussian.
   * @param {Place} mean
   * @param {number[]} covariance [xx, xy, yy]
   * @param {number} sigmas
   * @param {string} colour
   * @param {{width: number, filled?: boolean}} style px
   */
  ellipse(mean, covariance, sigmas, colour, { width, filled = false }) {
    const scale = this.axes.scale();
    const { major, minor, angle } = ellipse(covariance);
    const [long, short] = [major, minor].map((radius) => Math.max(0.5, sigmas * radius * scale));
    const trace = (/** @type {Context} */ context) =>
      context.ellipse(...this.axes.pixelOf(mean), long, short, -angle, 0, 2 * Math.PI);
    if (filled) this.filled(colour, 0.15, trace);
    this.outlined(colour, width, [], trace);
  }

  /**
   * @param {Place[]} places
   * @param {number} side px
   */
  squares(places, side) {
    this.context.fillStyle = this.theme.text;
    for (const place of places) {
      const [x, y] = this.axes.pixelOf(place);
      this.context.fillRect(x - side / 2, y - side / 2, side, side);
    }
  }

  /**
   * @param {Place} place
   * @param {number} radius px
   */
  ring(place, radius) {
    this.outlined(this.theme.text, 1.5, [], (context) => circle(context, this.axes.pixelOf(place), radius));
  }

  /**
   * @param {Place} place
   * @param {number} radius px
   * @param {string} colour
   */
  disc(place, radius, colour) {
    this.filled(this.theme.background, 1, (context) => circle(context, this.axes.pixelOf(place), radius + 1.5));
    this.filled(colour, 1, (context) => circle(context, this.axes.pixelOf(place), radius));
  }

  /** @param {Pin} pin */
  pin({ place, name }) {
    const { context, theme } = this;
    this.disc(place, PIN, theme.text);
    const [x, y] = this.axes.pixelOf(place);
    context.font = `600 ${theme.size + 1}px ${theme.font}`;
    Object.assign(context, { lineWidth: 4, strokeStyle: theme.background, fillStyle: theme.text, lineJoin: "round" });
    context.strokeText(name, x + PIN + 4, y - PIN);
    context.fillText(name, x + PIN + 4, y - PIN);
  }

  /** @param {Place} place */
  target(place) {
    for (const radius of [14, 9]) this.ring(place, radius);
    this.disc(place, 3, this.theme.accent);
  }

  /**
   * @param {Place} from
   * @param {Place} to
   * @param {string} colour
   */
  arrow(from, to, colour) {
    const [a, b] = [from, to].map((place) => this.axes.pixelOf(place));
    const angle = Math.atan2(b[1] - a[1], b[0] - a[0]);
    const head = (/** @type {number} */ turn) =>
      /** @type {const} */ ([b[0] - HEAD * Math.cos(angle + turn), b[1] - HEAD * Math.sin(angle + turn)]);
    this.outlined(colour, 2.5, [], (context) => {
      context.moveTo(...a);
      context.lineTo(...b);
      if (Math.hypot(b[0] - a[0], b[1] - a[1]) < 3) return; // too short for a head
      context.moveTo(...head(0.5));
      context.lineTo(...b);
      context.lineTo(...head(-0.5));
    });
  }

  /**
   * @param {string} colour
   * @param {number} width px
   * @param {number[]} dashes px
   * @param {(context: Context) => void} trace
   */
  outlined(colour, width, dashes, trace) {
    const { context, theme } = this;
    context.beginPath();
    trace(context);
    Object.assign(context, { lineWidth: width + 2, strokeStyle: theme.background, lineJoin: "round", lineCap: "round" });
    context.globalAlpha = 0.8;
    context.stroke();
    context.globalAlpha = 1;
    context.setLineDash(dashes);
    Object.assign(context, { lineWidth: width, strokeStyle: colour });
    context.stroke();
    context.setLineDash([]);
  }

  /**
   * @param {string} colour
   * @param {number} alpha
   * @param {(context: Context) => void} trace
   */
  filled(colour, alpha, trace) {
    const { context } = this;
    context.beginPath();
    trace(context);
    context.globalAlpha = alpha;
    context.fillStyle = colour;
    context.fill();
    context.globalAlpha = 1;
  }
}

/**
 * @param {Context} context
 * @param {number[]} centre px
 * @param {number} radius px
 */
function circle(context, [x, y], radius) {
  context.arc(x, y, radius, 0, 2 * Math.PI);
}
