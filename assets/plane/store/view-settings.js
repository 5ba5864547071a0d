// View settings: options of the whole app, and zoom, hidden labels and pins of each run. They survive a change of page and
// are mirrored in the address.

import { createAddress, readAddress } from "./address.js";

/**
 * @import { Options, Pin, Ranges } from "../types.js"
 * @import { View } from "../format/link.js"
 */

/** @type {Options} */
const options = { backdrop: "none", positions: "means", seed: 1, size: 4, opacity: 0.7 }; // of all runs and planes
/** @type {Map<string, View>} */
const views = new Map(); // by run

export class ViewSettings {
  constructor() {
    this.address = createAddress();
    /** @type {?string} */
    this.run = null; // null: nothing is stored
    this.started = false;
  }

  get options() {
    return options;
  }

  /**
   * Switch to a run. The first one is viewed as the address says, later ones as they were left.
   * @param {string} run
   * @param {number} limit of |u| and |v|
   * @returns {{zoom: ?Ranges, hide: number[], pins: Pin[], complaints: string[]}} complaints: see `parseView`
   */
  begin(run, limit) {
    const { view, complaints } = this.started ? { view: /** @type {View} */ ({}), complaints: [] } : readAddress(limit);
    this.started = true;
    this.run = run;
    if (view.backdrop) options.backdrop = view.backdrop;
    if (view.positions) options.positions = view.positions;
    const { zoom = null, hide = [], pins = [] } = { ...views.get(run), ...view };
    this.note({ zoom, hide, pins });
    return { zoom, hide, pins, complaints };
  }

  /** @param {Partial<Options>} changes */
  change(changes) {
    Object.assign(options, changes);
    this.write();
  }

  /** @param {View} changes */
  note(changes) {
    if (this.run === null) return;
    views.set(this.run, { ...views.get(this.run), ...changes });
    this.write();
  }

  /** Write everything to the address soon, including what the server may have overwritten. */
  write() {
    if (this.run === null) return;
    const { backdrop, positions } = options;
    this.address.write({ ...views.get(this.run), backdrop, positions });
  }

  /** Write to the address now. */
  flush() {
    this.address.flush();
  }
}
