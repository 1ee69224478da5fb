// The arithmetic of helpers/book/formulas.py in the browser: small formulas of the chapters. No page
// in here; tests/browser/test_playgrounds.py holds it equal to the Python.
"use strict";

(function (root) {
  // The output of a linear unit when some of the units that it reads are off (0 in `kept`).
  function thinned(activations, weights, kept) {
    return activations.reduce((sum, a, i) => sum + kept[i] * a * weights[i], 0);
  }

  // Mask number i as zeros and ones: its binary digits, the first unit first.
  function mask(number, units) {
    return Array.from({ length: units }, (_, i) => (number >> (units - 1 - i)) & 1);
  }

  // The outputs with every mask.
  function allThinned(activations, weights) {
    const units = activations.length;
    return Array.from({ length: 2 ** units }, (_, i) => thinned(activations, weights, mask(i, units)));
  }

  // A kernel, a flat list of size × size weights, on every window of a picture that fits. Pictures
  // and maps are { width, height, values }, row by row.
  function correlate(picture, kernel) {
    const size = Math.sqrt(kernel.length);
    const [width, height] = [picture.width - size + 1, picture.height - size + 1];
    const values = new Float64Array(width * height);
    kernel.forEach((weight, k) => {
      if (weight === 0) return;
      const shift = Math.floor(k / size) * picture.width + (k % size);
      for (let i = 0; i < height; i += 1) {
        for (let j = 0; j < width; j += 1) {
          values[i * width + j] += weight * picture.values[i * picture.width + j + shift];
        }
      }
    });
    return { width, height, values };
  }

  // The largest number of each window that fits, or the average. Tables are lists of rows.
  function pool(rows, size, stride, average) {
    const count = (n) => Math.floor((n - size) / stride) + 1;
    const window = (i, j) => rows.slice(i * stride, i * stride + size)
      .flatMap((row) => row.slice(j * stride, j * stride + size));
    const summary = average ? (all) => all.reduce((sum, x) => sum + x, 0) / all.length
      : (all) => Math.max(...all);
    return Array.from({ length: count(rows.length) }, (_, i) =>
      Array.from({ length: count(rows[0].length) }, (__, j) => summary(window(i, j))));
  }

  // How far a table lies from the first one, as a share of the first one's length.
  function change(still, moved) {
    const other = moved.flat();
    const first = still.flat();
    return Math.hypot(...first.map((x, i) => other[i] - x)) / Math.hypot(...first);
  }

  // A walk down the valley (x² + steep · y²) / 2 from (10, 1): both weights after each step.
  function walk(rate, momentum, steep = 20, steps = 300) {
    let [x, y, vx, vy] = [10, 1, 0, 0];
    const path = [[x, y]];
    for (let i = 0; i < steps; i += 1) {
      vx = momentum * vx - rate * x;
      vy = momentum * vy - rate * steep * y;
      x += vx;
      y += vy;
      path.push([x, y]);
    }
    return path;
  }

  // After how many steps a walk stays near the bottom; if never, one more than it has.
  function stepsNeeded(path, within = 0.01) {
    return path.findLastIndex(([x, y]) => !(Math.max(Math.abs(x), Math.abs(y)) <= within)) + 1;
  }

  // a · w, or a · w transposed: a is m × n, w is n × n, all flat.
  function times(a, w, n, transposed) {
    const out = new Float64Array(a.length);
    for (let row = 0; row < a.length; row += n) {
      for (let i = 0; i < n; i += 1) {
        if (transposed) {
          let sum = 0;
          for (let j = 0; j < n; j += 1) sum += a[row + j] * w[i * n + j];
          out[row + i] = sum;
        } else if (a[row + i] !== 0) {
          for (let j = 0; j < n; j += 1) out[row + j] += a[row + i] * w[i * n + j];
        }
      }
    }
    return out;
  }

  // Inputs through layers, then a gradient back: its lengths behind the last layer and in front of
  // each, as shares of the first; and the share of units whose slope is below a tenth.
  function sentBack(weights, inputs, gradient, n, tanh) {
    const length = (values) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
    const slopes = weights.map((w) => {
      const sums = times(inputs, w, n, false);
      inputs = sums.map((x) => (tanh ? Math.tanh(x) : Math.max(x, 0)));
      return tanh ? inputs.map((x) => 1 - x * x) : sums.map((x) => (x > 0 ? 1 : 0));
    });
    const lengths = [length(gradient)];
    for (let i = weights.length - 1; i >= 0; i -= 1) {
      gradient = times(gradient.map((x, j) => x * slopes[i][j]), weights[i], n, true);
      lengths.push(length(gradient));
    }
    const flat = slopes.reduce((sum, s) => sum + s.filter((x) => x < 0.1).length, 0);
    return { lengths: lengths.map((x) => x / lengths[0]), flat: flat / (slopes.length * inputs.length) };
  }

  // Normal numbers with mean 0 and variance 1; the same for the same seed.
  function normals(seed, count) {
    let state = seed >>> 0;
    const uniform = () => { // mulberry32
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), state | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
    return Float64Array.from({ length: count }, () =>
      Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()));
  }

  root.alexnet = root.alexnet || {};
  root.alexnet.formulas = { thinned, mask, allThinned, correlate, pool, change, walk, stepsNeeded,
    sentBack, normals };
})(globalThis);
