// AlexNet in plain JavaScript: what the network computes, layer by layer, with no library.
//
// In: a network as `scripts/living.py` writes it (layers in order, weights in eight bits) and the
// pixels of one picture. Out: the map of every layer, a share for each class, and with Grad-CAM
// where the answer came from. A map is square, { side, channels, values }, in the order row, column,
// channel; a dense layer is a map of side 1.
"use strict";
(function (root) {
  const map = (side, channels) => ({ side, channels, values: new Float32Array(side * side * channels) });
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;

  // Weights are whole numbers from -127 to 127, times one scale for each filter.
  function wake(network) {
    network.layers.filter((layer) => layer.whole).forEach((layer) => {
      const whole = new Int8Array(bytes(layer.whole)), scales = new Float32Array(bytes(layer.scales));
      layer.units = scales.length; // filters, in a convolution; the last axis of the weights
      layer.weights = new Float64Array(whole.length + 3); // `sums` reads four at a time
      whole.forEach((step, i) => { layer.weights[i] = Math.fround(step * scales[i % layer.units]); });
      layer.bias = new Float32Array(bytes(layer.biases));
      delete layer.whole;
    });
    return network;
  }

  // How many windows fit along a side, and how many zeros stand before the first pixel.
  function windows(side, { kernel, stride, padding, rounding }) {
    if (padding === "same") {
      const count = Math.ceil(side / stride);
      return { count, before: Math.floor(Math.max(0, (count - 1) * stride + kernel - side) / 2) };
    }
    const before = padding === "valid" ? 0 : padding;
    const steps = (side + 2 * before - kernel) / stride;
    return { count: 1 + (rounding === "ceil" ? Math.ceil(steps) : Math.floor(steps)), before };
  }

  // Copy the window of one place into `seen`: `share` channels from `first` on; outside is 0.
  function look(x, layer, before, row, column, first, share, seen) {
    seen.fill(0);
    const top = row * layer.stride - before, left = column * layer.stride - before;
    for (let y = top, to = 0; y < top + layer.kernel; y += 1) {
      for (let z = left; z < left + layer.kernel; z += 1, to += share) {
        if (y < 0 || y >= x.side || z < 0 || z >= x.side) continue;
        const from = (y * x.side + z) * x.channels + first;
        for (let c = 0; c < share; c += 1) seen[to + c] = x.values[from + c];
      }
    }
    return seen;
  }

  // Bias plus the sum of value times weight, bent by the ReLU, for `own` units from `first` on. Four
  // at a time, so that a sum need not wait for the last. What is 0 after a ReLU is passed over.
  function sums(seen, { weights, bias, units, activation }, first, own, out, to) {
    for (let f = 0; f < own; f += 4) {
      let a = 0, b = 0, c = 0, d = 0;
      for (let i = 0, w = first + f; i < seen.length; i += 1, w += units) {
        const value = seen[i];
        if (value === 0) continue;
        a += value * weights[w]; b += value * weights[w + 1];
        c += value * weights[w + 2]; d += value * weights[w + 3];
      }
      const four = [a, b, c, d];
      for (let j = 0; j < 4 && f + j < own; j += 1) {
        const sum = four[j] + bias[first + f + j];
        out[to + f + j] = activation === "relu" ? Math.max(0, sum) : sum;
      }
    }
  }

  function conv(x, layer) {
    const { count, before } = windows(x.side, layer), { groups, units } = layer;
    const out = map(count, units), own = units / groups, share = x.channels / groups;
    const seen = new Float64Array(layer.kernel ** 2 * share);
    for (let place = 0; place < count ** 2; place += 1) {
      for (let tower = 0; tower < groups; tower += 1) { // sees its own channels only
        look(x, layer, before, Math.floor(place / count), place % count, tower * share, share, seen);
        sums(seen, layer, tower * own, own, out.values, place * units + tower * own);
      }
    }
    return out;
  }

  // A dense layer is a convolution of one place, with all values as its channels (see `flatten`).
  const dense = (x, layer) => conv(x, { ...layer, kernel: 1, stride: 1, padding: 0, groups: 1 });

  // Call each(to, from) for every value of a pool and every value in its window.
  function pooled(x, layer, each) {
    const { count, before } = windows(x.side, layer);
    for (let place = 0; place < count ** 2; place += 1) {
      const top = Math.floor(place / count) * layer.stride - before;
      const left = (place % count) * layer.stride - before;
      for (let y = Math.max(0, top); y < Math.min(x.side, top + layer.kernel); y += 1) {
        for (let z = Math.max(0, left); z < Math.min(x.side, left + layer.kernel); z += 1) {
          const from = (y * x.side + z) * x.channels, to = place * x.channels;
          for (let c = 0; c < x.channels; c += 1) each(to + c, from + c);
        }
      }
    }
  }

  function pool(x, layer) {
    const out = map(windows(x.side, layer).count, x.channels), most = out.values.fill(-Infinity);
    pooled(x, layer, (to, from) => { most[to] = Math.max(most[to], x.values[from]); });
    return out;
  }

  // For each value the sum of f over the channels in its window, `left` before it to `right` after.
  function neighbours(x, groups, left, right, f) {
    const size = x.channels / groups;
    return x.values.map((_, i) => {
      const channel = (i % x.channels) % size;
      let sum = 0, j = -Math.min(left, channel);
      for (; j <= Math.min(right, size - 1 - channel); j += 1) sum += f(i + j);
      return sum;
    });
  }

  // What response normalisation divides by, before the power: k + alpha * sum of squares.
  function divisors(x, { n, k, alpha, groups }, { lrn: how } = {}) {
    const squares = neighbours(x, groups, Math.floor(n / 2), Math.ceil(n / 2) - 1, (j) => x.values[j] ** 2);
    return squares.map((sum) => (how === "constant" ? k : k + alpha * sum));
  }

  function lrn(x, layer, changes) {
    const by = divisors(x, layer, changes);
    const divide = (value, i) => value * by[i] ** -layer.beta;
    return changes.lrn === "off" ? x : { ...x, values: x.values.map(divide) };
  }

  const LAYERS = { conv, pool, lrn, dense, dropout: (x) => x,
    flatten: (x) => ({ side: 1, channels: x.values.length, values: x.values }) };

  function softmax(scores) {
    const raised = scores.map((score) => Math.exp(score - Math.max(...scores)));
    return raised.map((value) => value / raised.reduce((a, b) => a + b));
  }

  // ---- One picture through the network -------------------------------------------------------------

  // `changes`: lrn "off" or "constant" (divide by k^beta), tower 0 or 1 to switch off, and
  // off { layer: [channels] }.
  function run(network, pixels, changes = {}) {
    const { input_shape: [side, , channels], scale, offset, layers } = network;
    const centre = (pixel, i) => pixel * scale[i % channels] + offset[i % channels];
    const steps = [{ side, channels, values: new Float32Array(pixels).map(centre) }];
    layers.forEach((layer, i) => { // steps[i] goes into layers[i], steps[i + 1] comes out
      steps.push(LAYERS[layer.kind](steps[i], layer, changes));
      if (layer.weights) silence(steps[i + 1], layer, i === layers.length - 1, changes);
    });
    const scores = [...steps.at(-1).values, ...(network.none ? [0] : [])]; // "none" scores 0
    return { steps, scores, shares: softmax(scores), changes };
  }

  function silence(out, layer, head, { tower, off = {} }) {
    for (let c = 0; c < out.channels; c += 1) {
      const gone = !head && tower === Number(c >= out.channels / 2);
      if (!gone && !off[layer.name]?.includes(c)) continue;
      for (let i = c; i < out.values.length; i += out.channels) out.values[i] = 0;
    }
  }

  // ---- Grad-CAM: the slope of a score, back through the dense layers to the last convolution -------

  const BACK = {
    dense(slope, { weights, units, activation }, x, out) { // nothing comes back through a 0 of the ReLU
      const passed = slope.map((s, unit) => (activation === "relu" && out.values[unit] <= 0 ? 0 : s));
      return x.values.map((_, i) => passed.reduce((sum, s, unit) => sum + s * weights[i * units + unit], 0));
    },
    pool(slope, layer, x, out) { // to the first of the largest values of each window
      const back = x.values.map(() => 0), left = slope.slice();
      pooled(x, layer, (to, from) => {
        if (x.values[from] === out.values[to]) { back[from] += left[to]; left[to] = 0; }
      });
      return back;
    },
    lrn(slope, layer, x, out, changes) { // a value stands in its neighbours' divisors, too
      if (changes.lrn === "off") return slope;
      const by = divisors(x, layer, changes), own = slope.map((s, i) => s * by[i] ** -layer.beta);
      const alpha = changes.lrn === "constant" ? 0 : layer.alpha;
      const shared = neighbours(x, layer.groups, Math.ceil(layer.n / 2) - 1, Math.floor(layer.n / 2),
        (j) => own[j] * x.values[j] / by[j]);
      return own.map((s, i) => s - 2 * alpha * layer.beta * x.values[i] * shared[i]);
    },
    flatten: (slope) => slope, dropout: (slope) => slope };

  // For each place of the last convolution: its channels, weighted by their mean slope, if positive.
  function gradCam(network, { steps, changes }, asked) {
    const { layers } = network, last = layers.findLastIndex((layer) => layer.kind === "conv");
    let slope = steps.at(-1).values.map((_, i) => Number(i === asked));
    for (let i = layers.length - 1; i > last; i -= 1) {
      slope = BACK[layers[i].kind](slope, layers[i], steps[i], steps[i + 1], changes);
    }
    const { side, channels, values } = steps[last + 1], out = map(side, 1), means = new Float64Array(channels);
    slope.forEach((s, i) => { means[i % channels] += s / side ** 2; });
    values.forEach((value, i) => { out.values[Math.floor(i / channels)] += means[i % channels] * value; });
    return { ...out, values: out.values.map((value) => Math.max(0, value)) };
  }

  root.alexnet = root.alexnet || {};
  root.alexnet.network = { wake, run, gradCam, softmax, windows, look, divisors };
})(globalThis);
