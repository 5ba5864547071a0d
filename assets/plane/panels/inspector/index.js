// What there is to know about the z that the plane shows: its prior density, its neighbours, and the round trip.

import { nearestMeans } from "../../math/neighbours.js";
import { formatDensity, formatNumber, formatPercentage, formatZ } from "../../format/numbers.js";
import { massCloserIn, priorLogDensity } from "../../math/prior.js";
import { SPLITS } from "../../format/names.js";
import { createDigits } from "../digit-row.js";
import { paced } from "./paced.js";
import { panel } from "../panel.js";

const N_NEIGHBOURS = 8;
const BUDGET = 0.6; // ms a frame, for the neighbours and for the round trip each
const NO_ENCODER = "This epoch's snapshot holds the decoder alone. Choose the last epoch to encode.";
const arrows = new Map(); // channel → whether the round trip is drawn on its plane

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

/** A message: {channel}. Sends `trip`; a digit signals `go`. */
export const mount = panel((parent) => {
  parent.innerHTML = SKELETON;
  const find = (selector) => parent.querySelector(selector);
  const [density, logDensity, mass] = [".lp-density", ".lp-log-density", ".lp-mass"].map(find);
  const [whose, nearest, trip, arrow] = ["h4 small", ".lp-nearest", ".lp-trip", "input"].map(find);
  let name = "";
  let channel = null;
  let payload = null;
  const digits = createDigits(nearest, (index) => {
    const { latentDim: J, mu } = payload;
    channel.signal("go", { place: payload.toPlane(mu.subarray(index * J, (index + 1) * J)), pin: true });
  });

  const showNeighbours = ({ z }) => {
    digits(payload, nearestMeans(payload.mu, z, N_NEIGHBOURS));
    nearest.removeAttribute("aria-busy");
  };
  const showTrip = ({ z, pixels }) => {
    const { encode, toPlane } = payload;
    if (!encode) {
      trip.textContent = NO_ENCODER;
      return drawTrip(null);
    }
    const back = encode(pixels).mu;
    const distance = Math.hypot(...back.map((value, j) => value - z[j]));
    trip.textContent = `z → picture → encoder: z′ = ${formatZ(back)}, ${formatNumber(distance)} away`;
    drawTrip(arrow.checked ? { from: toPlane(z), to: toPlane(back) } : null);
  };
  const drawTrip = (value) => {
    if (value || channel.last("trip")) channel.send("trip", value);
  };
  const follow = [
    paced(showNeighbours, () => nearest.setAttribute("aria-busy", "true"), BUDGET),
    paced(showTrip, () => {
      trip.textContent = "z → picture → encoder: …";
      drawTrip(null);
    }, BUDGET),
  ];
  const showDensity = ({ z }) => {
    const logP = priorLogDensity(z);
    density.textContent = formatDensity(Math.exp(logP));
    logDensity.textContent = `${formatNumber(logP)} nats`;
    const closer = formatPercentage(massCloserIn(z));
    mass.textContent = `${closer[0].toUpperCase()}${closer.slice(1)} of the prior's mass is at likelier places.`;
  };
  arrow.addEventListener("change", () => {
    arrows.set(name, arrow.checked);
    const shown = channel.last("shown");
    if (shown) follow[1](shown);
  });
  return {
    update({ data }) {
      name = data.channel;
      arrow.checked = arrows.get(name) ?? true;
    },
    connect: (connection) => (channel = connection),
    listeners: {
      shown(shown) {
        ({ payload } = shown);
        whose.textContent = `${SPLITS[payload.split]} images · distance in z`;
        arrow.parentElement.hidden = !payload.encode;
        showDensity(shown);
        for (const take of follow) take(shown);
      },
    },
    destroy() {
      for (const take of follow) take.stop();
      channel?.send("trip", null);
    },
  };
});
