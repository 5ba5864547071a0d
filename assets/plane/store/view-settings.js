// How a reader looks at a run: the backdrop, how the points are shown, what is in sight, what is kept. It stays so from
// page to page, and the address holds it.

import { createAddress, readAddress } from "./address.js";

const options = { backdrop: "none", positions: "means", seed: 1, size: 4, opacity: 0.7 }; // of all runs and planes
const views = new Map(); // run → {zoom, hide, pins}

export class Look {
  constructor() {
    this.address = createAddress();
    this.run = null; // none: nothing is kept
    this.started = false;
  }

  /** @returns {{backdrop: string, positions: string, seed: number, size: number, opacity: number}} */
  get options() {
    return options;
  }

  /**
   * Look at that run from now on: as the address says, if it is the first, or else as it was looked at before.
   * @returns {{zoom: ?number[][], hide: number[], pins: object[], complaints: string[]}} complaints: what the address
   *   holds that cannot be used
   */
  begin(run) {
    const { view, complaints } = this.started ? { view: {}, complaints: [] } : readAddress();
    this.started = true;
    this.run = run;
    for (const name of ["backdrop", "positions"]) if (view[name]) options[name] = view[name];
    const { zoom = null, hide = [], pins = [] } = { ...views.get(run), ...view };
    this.note({ zoom, hide, pins });
    return { zoom, hide, pins, complaints };
  }

  change(changes) {
    Object.assign(options, changes);
    this.write();
  }

  note(changes) {
    if (this.run === null) return;
    views.set(this.run, { ...views.get(this.run), ...changes });
    this.write();
  }

  /** Write all of it into the address, soon; also what the server has written over. */
  write() {
    if (this.run === null) return;
    const { backdrop, positions } = options;
    this.address.write({ ...views.get(this.run), backdrop, positions });
  }

  /** Write now what waits to be written. */
  flush() {
    this.address.flush();
  }
}
