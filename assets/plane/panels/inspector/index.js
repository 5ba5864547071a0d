// Inspector of the z shown: prior density, nearest images, round trip through decoder and encoder.

import { nearestMeans } from "../../math/neighbours.js";
import { formatDensity, formatNumber, formatPercentage, formatZ } from "../../format/numbers.js";
import { massCloserIn, priorLogDensity } from "../../math/prior.js";
import { find } from "../../dom.js";
import { SPLITS } from "../../format/names.js";
import { createDigitRow } from "../digit-row.js";
import { paced } from "./paced.js";
import { panel } from "../panel.js";

/** @import { Channel, Shown, States } from "../../types.js" */

const N_NEIGHBOURS = 8;
const BUDGET = 0.6; // ms a frame, for the neighbours and the round trip each
const NO_ENCODER = "This epoch's snapshot holds only the decoder. Choose the last epoch to encode.";
/** @type {Map<string, boolean>} */
const arrows = new Map(); // channel → whether its plane draws the round trip

const SKELETON = `
  <section class="lp-inspector" aria-label="About this z">
    <dl>
      <dt>Prior density p(z)</dt><dd class="lp-density"></dd>
      <dt>log p(z)</dt><dd class="lp-log-density"></dd>
    </dl>
    <p class="lp-mass"></p>
    <h4>Nearest real digits <small></small></h4>
    <div class="lp-nearest"></div>
    <h4>Round trip</h4>
    <p class="lp-trip"></p>
    <label><input type="checkbox"> show it on the plane</label>
  </section>`;

/** A message's data: {channel}. Sends `trip`; a digit signals `go`. */
export const mount = panel((parent) => {
  parent.innerHTML = SKELETON;
  const [density, logDensity, mass] = [".lp-density", ".lp-log-density", ".lp-mass"].map((name) => find(parent, name));
  const [whose, nearest, trip] = ["h4 small", ".lp-nearest", ".lp-trip"].map((name) => find(parent, name));
  const [label, arrow] = [find(parent, "label"), find(parent, "input", HTMLInputElement)];
  let name = "";
  /** @type {Channel} */
  let channel;
  /** @type {?Shown} */
  let latest = null;
  const showDigits = createDigitRow(nearest, (index) => {
    if (!latest) return;
    const { latentDim: J, mu, toPlane } = latest.payload;
    channel.signal("go", { place: toPlane(mu.subarray(index * J, (index + 1) * J)), pin: true });
  });

  const showNeighbours = (/** @type {Shown} */ { z, payload }) => {
    showDigits(payload, nearestMeans(payload.mu, z, N_NEIGHBOURS));
    nearest.removeAttribute("aria-busy");
  };
  const showTrip = (/** @type {Shown} */ { z, pixels, payload: { encode, toPlane } }) => {
    if (!encode) {
      trip.textContent = NO_ENCODER;
      return drawTrip(null);
    }
    const back = encode(pixels).mu;
    const distance = Math.hypot(...back.map((value, j) => value - z[j]));
    trip.textContent = `z → picture → encoder: z′ = ${formatZ(back)}, ${formatNumber(distance)} away`;
    drawTrip(arrow.checked ? { from: toPlane(z), to: toPlane(back) } : null);
  };
  const drawTrip = (/** @type {States["trip"]} */ value) => {
    if (value || channel.last("trip")) channel.send("trip", value);
  };
  const followers = [
    paced(showNeighbours, () => nearest.setAttribute("aria-busy", "true"), BUDGET),
    paced(showTrip, () => {
      trip.textContent = "z → picture → encoder: …";
      drawTrip(null);
    }, BUDGET),
  ];
  const showDensity = (/** @type {Shown} */ { z }) => {
    const logP = priorLogDensity(z);
    density.textContent = formatDensity(Math.exp(logP));
    logDensity.textContent = `${formatNumber(logP)} nats`;
    const closer = formatPercentage(massCloserIn(z));
    mass.textContent = `${closer[0].toUpperCase()}${closer.slice(1)} of the prior's mass is at likelier places.`;
  };
  arrow.addEventListener("change", () => {
    arrows.set(name, arrow.checked);
    const shown = channel.last("shown");
    if (shown) followers[1].take(shown);
  });
  return {
    update({ data }) {
      name = data.channel;
      arrow.checked = arrows.get(name) ?? true;
    },
    connect: (connection) => (channel = connection),
    listeners: {
      shown(shown) {
        latest = shown;
        const { payload } = shown;
        whose.textContent = `${SPLITS[payload.split]} images · distance in z`;
        label.hidden = !payload.encode;
        showDensity(shown);
        for (const { take } of followers) take(shown);
      },
    },
    destroy() {
      for (const { stop } of followers) stop();
      channel?.send("trip", null);
    },
  };
});
