// The pinned place, chosen here or by the server: what it said before our newest choice came to it must not undo that.

export class Pin {
  constructor() {
    this.place = null;
    this.awaited = null; // the id of the newest choice, until the server has answered it
  }

  /** Take over what the server says after the choice `answered`, an id or null; returns whether that is news. */
  receive(place, answered) {
    if (this.awaited !== null && answered !== this.awaited) return false;
    this.awaited = null;
    if (samePlace(place, this.place)) return false;
    this.place = place;
    return true;
  }

  /**
   * Choose a place.
   * @returns {?{z: number[], id: number}} what the server has to know; null: nothing, it is there already
   */
  choose(place) {
    if (samePlace(place, this.place)) return null;
    this.place = place;
    this.awaited = newId();
    return { z: place, id: this.awaited };
  }
}

let lastId = 0;

/** Another one than all before, also of this window's earlier pages. */
function newId() {
  lastId = Math.max(Date.now(), lastId + 1);
  return lastId;
}

function samePlace(a, b) {
  return a === b || (a !== null && b !== null && a[0] === b[0] && a[1] === b[1]);
}
