// The arithmetic of helpers/lrn.py in the browser: local response normalisation of the channels at
// one place, and the constants of five systems. No page in here; tests/test_interactive.py holds it
// equal to the Python.
"use strict";

(function (root) {
  const CONVENTIONS = {
    paper: { divides: false, names: ["n", "k", "alpha", "beta"], odd: false },
    "cuda-convnet": { divides: true, names: ["size", "minDiv", "scale", "pow"], odd: false },
    caffe: { divides: true, names: ["local_size", "k", "alpha", "beta"], odd: true },
    pytorch: { divides: true, names: ["size", "k", "alpha", "beta"], odd: false },
    tensorflow: { divides: false, names: ["depth_radius", "bias", "alpha", "beta"], odd: true },
  };
  // The window n given to TensorFlow as if depth_radius were the whole window.
  const MISTAKE = "depth_radius=n";

  function fail(message) {
    throw new RangeError(message);
  }

  function checkConstants({ n, k, alpha, beta }) {
    if (!Number.isInteger(n) || n < 1) {
      fail("n must be a whole number of at least 1, got " + n + ".");
    }
    Object.entries({ k, alpha, beta }).forEach(([name, value]) => {
      if (!Number.isFinite(value) || value < 0) {
        fail(name + " must be a number at least 0, got " + value + ".");
      }
    });
  }

  // First and last channel of the window around `channel`; an even n reaches further to the left.
  function window(channel, n, channels) {
    const start = channel - Math.floor(n / 2);
    return [Math.max(0, start), Math.min(channels, start + n) - 1];
  }

  // What happens to one channel: its window, the sum of squares, the divisor, the result.
  function detail(a, channel, constants) {
    checkConstants(constants);
    const { n, k, alpha, beta } = constants;
    const [first, last] = window(channel, n, a.length);
    let sum = 0;
    for (let j = first; j <= last; j += 1) sum += a[j] * a[j];
    const base = k + alpha * sum;
    const divisor = base ** beta;
    return { first, last, sum, base, divisor, result: a[channel] / divisor };
  }

  // All channels of one place.
  function lrn(a, constants) {
    return a.map((_, i) => detail(a, i, constants).result);
  }

  // Translate constants as helpers.lrn.convert does: an object keyed by the target's own names.
  function convert(source, target, constants) {
    checkConstants(constants);
    const { n, k, beta } = constants;
    [source, target].forEach((system) => {
      if (!Object.hasOwn(CONVENTIONS, system)) {
        fail("There is no convention '" + system + "'; choose from " +
          Object.keys(CONVENTIONS).join(", ") + ".");
      }
      if (CONVENTIONS[system].odd && n % 2 === 0) {
        fail("n must be odd for " + system + ", got " + n + ".");
      }
    });
    const here = CONVENTIONS[source].divides;
    const there = CONVENTIONS[target].divides;
    let alpha = constants.alpha;
    if (here !== there) alpha = there ? alpha * n : alpha / n;
    const size = target === "tensorflow" ? Math.floor((n - 1) / 2) : n;
    const values = [size, k, alpha, beta];
    return Object.fromEntries(CONVENTIONS[target].names.map((name, i) => [name, values[i]]));
  }

  // The paper's constants of the function that a system computes when it is given these digits.
  function effective(system, constants) {
    if (system === MISTAKE) {
      checkConstants(constants);
      return { ...constants, n: 2 * constants.n + 1 };
    }
    return convert(system, "paper", constants);
  }

  root.alexnet = root.alexnet || {};
  root.alexnet.lrn = { CONVENTIONS, MISTAKE, window, detail, lrn, convert, effective };
})(globalThis);
