// Verdict on the input picture: its −ELBO, its rank among the images, and its nearest images.

import { find } from "../../dom.js";
import { elboTerms } from "../../math/elbo.js";
import { nearestMeans } from "../../math/neighbours.js";
import { standardNormals } from "../../math/normal.js";
import { formatNumber } from "../../format/numbers.js";
import { createDigitRow } from "../digit-row.js";
import { panel } from "../panel.js";
import { computeElbos, knownElbos } from "./elbos.js";

/** @import { Channel, SeenPayload, States } from "../../types.js" */

const N_DRAWS = 16; // of z, always the same
const N_NEIGHBOURS = 4;
const REST = 1500; // ms after the last change until the ELBOs of the other images are computed

const SKELETON = `
  <section class="lp-verdict" aria-label="How good the model finds it" hidden>
    <h4>−ELBO</h4>
    <p class="lp-elbo"></p>
    <p class="lp-rank"></p>
    <h4>It lies next to</h4>
    <div class="lp-beside"></div>
  </section>`;

/** A message's data: {channel}. Listens to `input`; a digit signals `go`. */
export const mount = panel((parent) => {
  parent.innerHTML = SKELETON;
  const [section, sum, rank] = ["section", ".lp-elbo", ".lp-rank"].map((name) => find(parent, name));
  /** @type {Channel} */
  let channel;
  /** @type {?SeenPayload} */
  let payload = null;
  /** @type {States["input"]} */
  let input = null;
  let elbo = 0;
  let timer = 0;
  let stop = () => {};
  const showDigits = createDigitRow(find(parent, ".lp-beside"), (index) => {
    if (!payload) return;
    const { latentDim: J, mu, toPlane } = payload;
    channel.signal("go", { place: toPlane(mu.subarray(index * J, (index + 1) * J)), pin: true });
  });

  const show = () => {
    stop();
    clearTimeout(timer);
    section.hidden = !input || !payload;
    if (!input || !payload) return;
    const current = payload;
    const { pixels, mu, logvar } = input;
    const J = mu.length;
    const draws = standardNormals(N_DRAWS * J, 1);
    const rows = Array.from({ length: N_DRAWS }, (_, l) => draws.subarray(l * J, (l + 1) * J));
    const terms = elboTerms(payload, pixels, mu, logvar, rows);
    elbo = terms.elbo;
    const [total, reconstruction, kl] = [-elbo, -terms.reconstruction, terms.kl].map((nats) => formatNumber(nats, 1));
    sum.textContent = `${total} nats = reconstruction ${reconstruction} + KL ${kl}`;
    showRank(current);
    showDigits(current, nearestMeans(current.mu, mu, N_NEIGHBOURS));
    timer = setTimeout(() => (stop = computeElbos(current, () => showRank(current))), REST);
  };
  const showRank = (/** @type {SeenPayload} */ { key, labels }) => {
    const elbos = knownElbos(key);
    const n = elbos.length;
    if (!n) return (rank.textContent = "Comparing it with the other images…");
    const share = Math.round((100 * elbos.filter((other) => other < elbo).length) / n);
    const whole = n === labels.length ? "" : " so far";
    rank.textContent = `Better than ${share} % of ${n.toLocaleString("en")} images${whole}.`;
  };
  return {
    connect: (connection) => (channel = connection),
    listeners: {
      payload(received) {
        payload = received;
      },
      input(received) {
        input = received;
        show();
      },
    },
    destroy() {
      stop();
      clearTimeout(timer);
    },
  };
});
