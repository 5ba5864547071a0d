// Long work in short slices, so that the page stays responsive.

const SLICE = 7; // ms, of a frame's 16

/**
 * Run a generator to its end; short work is done at once.
 * @template Result
 * @param {Iterator<any, Result>} work
 * @param {(result: Result) => void} done not called if the work is stopped
 * @returns {() => void} stops the work
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
