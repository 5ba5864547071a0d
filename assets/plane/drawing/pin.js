// The pinned place, chosen here or by the server: an echo of our own choice must not undo a newer one.

export class Pin {
  constructor() {
    this.place = null;
    this.unanswered = []; // places sent to the server, whose echo is still to come
  }

  /** Take over what the server says; returns whether that is news. */
  receive(place) {
    const echo = this.unanswered.findIndex((sent) => samePlace(sent, place));
    if (echo >= 0) {
      this.unanswered.splice(0, echo + 1);
      return false;
    }
    if (samePlace(place, this.place) || this.unanswered.length) return false;
    this.place = place;
    return true;
  }

  /** Choose a place; returns whether the server has to know. */
  choose(place) {
    if (samePlace(place, this.place)) return false; // the server would have nothing to answer
    this.place = place;
    this.unanswered.push(place);
    return true;
  }
}

function samePlace(a, b) {
  return a === b || (a !== null && b !== null && a[0] === b[0] && a[1] === b[1]);
}
