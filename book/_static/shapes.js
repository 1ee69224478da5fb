// The arithmetic of helpers/shapes.py in the browser: sizes, parameters, multiply-adds, receptive
// fields. No page in here; tests/test_interactive.py holds it equal to the Python, errors included.
"use strict";

(function (root) {
  // Text of a value as Python's repr writes it, so that the messages agree.
  function repr(value) {
    if (typeof value === "string") return "'" + value + "'";
    if (value === true) return "True";
    if (value === false) return "False";
    if (value === null || value === undefined) return "None";
    if (Array.isArray(value)) return "(" + value.map(repr).join(", ") + ")";
    return String(value);
  }

  function fail(message) {
    throw new RangeError(message);
  }

  function wholeNumber(name, value, least) {
    if (typeof value !== "number" || !Number.isInteger(value) || value < least) {
      fail(name + " must be a whole number of at least " + least + ", got " + repr(value) + ".");
    }
  }

  // Pixels that the padding adds, [before, after].
  function padAmounts(size, kernel, stride, padding) {
    if (padding === "valid") return [0, 0];
    if (padding === "same") {
      // TensorFlow's rule: the odd pixel goes to the right and to the bottom.
      const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size);
      return [Math.floor(total / 2), total - Math.floor(total / 2)];
    }
    const pair = Array.isArray(padding) ? padding : [padding, padding];
    if (pair.length !== 2) {
      fail("padding must be a number or a pair (before, after), got " + repr(padding) + ".");
    }
    pair.forEach((amount) => {
      if (typeof amount === "string") {
        fail("padding must be a number, 'valid' or 'same', got " + repr(padding) + ".");
      }
      wholeNumber("padding", amount, 0);
    });
    return pair;
  }

  // How many windows fit on `size` pixels.
  function outputSize(size, kernel, stride, padding, rounding) {
    wholeNumber("size", size, 1);
    wholeNumber("kernel", kernel, 1);
    wholeNumber("stride", stride, 1);
    if (rounding !== "floor" && rounding !== "ceil") {
      fail("rounding must be one of floor, ceil, got " + repr(rounding) + ".");
    }
    if (padding === "same") return Math.ceil(size / stride);
    const [before, after] = padAmounts(size, kernel, stride, padding);
    const room = size + before + after - kernel;
    if (room < 0) {
      fail("kernel must not be larger than the padded input: kernel " + kernel +
        ", padded input " + (room + kernel) + ".");
    }
    return 1 + (rounding === "ceil" ? Math.ceil(room / stride) : Math.floor(room / stride));
  }

  // By how many pixels the last window hangs over the padded input.
  function overhang(size, kernel, stride, padding, rounding) {
    const windows = outputSize(size, kernel, stride, padding, rounding);
    const [before, after] = padAmounts(size, kernel, stride, padding);
    return Math.max(0, (windows - 1) * stride + kernel - (size + before + after));
  }

  const product = (numbers) => numbers.reduce((a, b) => a * b, 1);

  function outputShape(layer, shape) {
    if (layer.kind === "conv" || layer.kind === "pool") {
      const sides = shape.slice(0, 2).map((side) =>
        outputSize(side, layer.kernel, layer.stride, layer.padding, layer.rounding));
      return [...sides, layer.kind === "conv" ? layer.filters : shape[2]];
    }
    if (layer.kind === "flatten") return [product(shape)];
    if (layer.kind === "dense") return [layer.units];
    return shape;
  }

  // What one output value looks at: `field` is the side of its square in pixels of the picture,
  // `jump` the distance of neighbours, `start` the first pixel of the very first position.
  function widened(layer, shape, sight, whole) {
    const { field, jump, start } = sight;
    if (layer.kind === "conv" || layer.kind === "pool") {
      const before = padAmounts(shape[0], layer.kernel, layer.stride, layer.padding)[0];
      return {
        field: field + (layer.kernel - 1) * jump,
        jump: jump * layer.stride,
        start: start - before * jump,
      };
    }
    if (layer.kind === "spatiallrn") {
      const before = Math.floor(layer.size / 2);
      return { field: field + (layer.size - 1) * jump, jump, start: start - before * jump };
    }
    if (layer.kind === "dense") return { field: Math.max(field, whole), jump, start };
    return sight;
  }

  function weighed(layer, shape, out) {
    if (layer.kind === "conv") {
      const weights =
        layer.kernel * layer.kernel * Math.floor(shape[2] / layer.groups) * layer.filters;
      return { parameters: weights + layer.filters, macs: weights * out[0] * out[1] };
    }
    if (layer.kind === "dense") {
      const weights = shape[0] * layer.units;
      return { parameters: weights + layer.units, macs: weights };
    }
    return { parameters: 0, macs: 0 };
  }

  // Follow one picture through the network: one record a layer. The names of the fields are those
  // of helpers.shapes.LayerShape; `input_shape`, `jump` and `start` are added for the pictures.
  // A layer that is impossible ends the list: `stopped` then holds its name and the reason.
  function follow(arch, inputSize) {
    let shape = [...arch.input_shape];
    const steps = [];
    if (inputSize !== undefined && inputSize !== null) {
      wholeNumber("input_size", inputSize, 1);
      shape = [inputSize, inputSize, shape[2]];
    }
    const whole = shape[0];
    let sight = { field: 1, jump: 1, start: 0 };
    for (const layer of arch.layers) {
      let out;
      try {
        out = outputShape(layer, shape);
      } catch (error) {
        return { steps, stopped: { layer: layer.name, reason: error.message } };
      }
      sight = widened(layer, shape, sight, whole);
      const weights = weighed(layer, shape, out);
      steps.push({
        name: layer.name,
        kind: layer.kind,
        input_shape: shape,
        output_shape: out,
        ...weights,
        neurons: weights.parameters ? product(out) : 0,
        receptive_field: sight.field,
        jump: sight.jump,
        start: sight.start,
        activation_bytes: 4 * product(out),
      });
      shape = out;
    }
    return { steps, stopped: null };
  }

  // As `follow`, and an impossible layer is an error, as in helpers.shapes.trace.
  function trace(arch, inputSize) {
    const { steps, stopped } = follow(arch, inputSize);
    if (stopped) fail(arch.name + ", layer " + stopped.layer + ": " + stopped.reason);
    return steps;
  }

  // Sums over the records of a network.
  function sums(steps) {
    const total = { parameters: 0, macs: 0, neurons: 0 };
    steps.forEach((step) => {
      Object.keys(total).forEach((name) => { total[name] += step[name]; });
    });
    return total;
  }

  // Why a convolution cannot be cut into groups, or null when it can.
  function groupProblem(channels, filters, groups) {
    if (typeof groups !== "number" || !Number.isInteger(groups) || groups < 1) {
      return "groups must be a whole number of at least 1, got " + repr(groups) + ".";
    }
    if (channels % groups) {
      return "groups must divide the input channels: " + channels + " channels do not split into " +
        groups + " groups.";
    }
    if (filters % groups) {
      return "groups must divide the filters: " + filters + " filters do not split into " +
        groups + " groups.";
    }
    return null;
  }

  root.alexnet = root.alexnet || {};
  root.alexnet.shapes = {
    outputSize, padAmounts, overhang, follow, trace, sums, groupProblem, wholeNumber,
  };
})(globalThis);
