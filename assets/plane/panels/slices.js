// Long work in short slices, so that the page stays fluent meanwhile.

const SLICE = 7; // ms, of a frame's 16

/**
 * Run a generator to its end; what is short is done at once.
 * @param {Generator} work
 * @param {function(any): void} done called with what it returns
 * @returns {function(): void} stops it; `done` is then not called
 */
export function inSlices(work, done) {
  let timer = 0;
  let stopped = false;
  const slice = () => {
    const end = performance.now() + SLICE;
    while (!stopped) {
      const step = work.next();
      if (stopped) return;
      if (step.done) return done(step.value);
      if (performance.now() > end) {
        timer = setTimeout(slice);
        return;
      }
    }
  };
  slice();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
