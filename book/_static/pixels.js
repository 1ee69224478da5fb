// From a picture to the pixels that a network sees, as `helpers.datasets.decoding` and
// `helpers.digits.picture` do it: resized like Pillow's bicubic filter, which widens with the
// reduction, so that every pixel counts.
"use strict";

(function (root) {
  const SIDE = 256; // pixels of the square that is cut from a photograph
  const [BOX, FIELD, CENTRE] = [20, 28, 14]; // MNIST: a digit fits 20 pixels, centred by mass in 28

  function bicubic(x) {
    const z = Math.abs(x);
    if (z < 1) return (1.5 * z - 2.5) * z * z + 1;
    return z < 2 ? ((-0.5 * z + 2.5) * z - 4) * z + 2 : 0;
  }

  // For each new pixel of a line: the first old one that counts, and the weights from there on.
  function taps(from, to) {
    const scale = from / to, wide = Math.max(1, scale);
    return Array.from({ length: to }, (_, i) => {
      const middle = (i + 0.5) * scale;
      const first = Math.max(0, Math.floor(middle - 2 * wide + 0.5));
      const end = Math.min(from, Math.floor(middle + 2 * wide + 0.5));
      const raw = Array.from({ length: end - first }, (__, j) => bicubic((first + j - middle + 0.5) / wide));
      const sum = raw.reduce((a, b) => a + b, 0);
      return { first, weights: raw.map((weight) => weight / sum) };
    });
  }

  // Resize along the lines: values (lines, from, channels) become (lines, to, channels), whole
  // numbers from 0 to 255.
  function along(values, lines, from, to, channels) {
    if (from === to) return values;
    const out = new Uint8ClampedArray(lines * to * channels), all = taps(from, to);
    for (let line = 0, at = 0; line < lines; line += 1) {
      for (const { first, weights } of all) {
        for (let c = 0; c < channels; c += 1, at += 1) {
          let sum = 0;
          for (let j = 0, i = (line * from + first) * channels + c; j < weights.length; j += 1, i += channels) {
            sum += values[i] * weights[j];
          }
          out[at] = sum; // rounded and kept within 0 to 255 by its type
        }
      }
    }
    return out;
  }

  // Values (height, width, channels) become (width, height, channels).
  function turned(values, height, width, channels) {
    const out = new Uint8ClampedArray(values.length);
    for (let i = 0; i < values.length; i += 1) {
      const c = i % channels, place = (i - c) / channels;
      out[((place % width) * height + Math.floor(place / width)) * channels + c] = values[i];
    }
    return out;
  }

  function resized(values, height, width, channels, newHeight, newWidth) {
    const wide = along(values, height, width, newWidth, channels);
    const tall = along(turned(wide, height, newWidth, channels), newWidth, height, newHeight, channels);
    return turned(tall, newWidth, newHeight, channels);
  }

  // The middle `crop` pixels of a square of `side` (RGBA) that is brought to 256, as RGB.
  function seen(rgba, side, crop) {
    const rgb = new Uint8ClampedArray(side * side * 3);
    for (let i = 0; i < side * side; i += 1) {
      for (let c = 0; c < 3; c += 1) rgb[3 * i + c] = rgba[4 * i + c];
    }
    const square = resized(rgb, side, side, 3, SIDE, SIDE);
    const edge = Math.floor((SIDE - crop) / 2), out = new Uint8ClampedArray(crop * crop * 3);
    for (let row = 0; row < crop; row += 1) {
      const from = ((row + edge) * SIDE + edge) * 3;
      out.set(square.subarray(from, from + crop * 3), row * crop * 3);
    }
    return out;
  }

  // Python's round: a half goes to the even neighbour.
  function even(x) {
    const low = Math.floor(x);
    return x - low === 0.5 ? low + (low % 2 !== 0 ? 1 : 0) : Math.round(x);
  }

  // Rows (or columns) with ink: the first and the number up to the last.
  function extent(has, length) {
    const at = Array.from({ length }, (_, i) => i).filter(has);
    return at.length ? [at[0], at.at(-1) - at[0] + 1] : [0, 0];
  }

  // Where lines of these masses begin, so that their centre comes to lie at 14, none outside.
  function offset(mass) {
    const all = mass.reduce((a, b) => a + b, 0);
    const middle = mass.reduce((sum, m, i) => sum + m * i, 0) / all;
    return Math.min(FIELD - mass.length, Math.max(0, even(CENTRE - middle)));
  }

  // Ink (height × width, 0 to 1) becomes 28×28 grey values as in MNIST; null where there is none.
  function boxed(ink, height, width) {
    const [top, rows] = extent((y) => ink.subarray(y * width, (y + 1) * width).some((v) => v > 0), height);
    if (rows === 0) return null;
    const [left, columns] = extent((x) => {
      for (let y = top; y < top + rows; y += 1) if (ink[y * width + x] > 0) return true;
      return false;
    }, width);
    const cut = new Uint8ClampedArray(rows * columns);
    cut.forEach((_, i) => { cut[i] = even(255 * ink[(top + Math.floor(i / columns)) * width + left + (i % columns)]); });
    const factor = BOX / Math.max(rows, columns);
    const [high, wide] = [rows, columns].map((side) => Math.max(1, even(side * factor)));
    const small = resized(cut, rows, columns, 1, high, wide);
    const most = Math.max(...small);
    const digit = Array.from(small, (value) => even((255 * value) / most));
    const sum = (n, pick) => Array.from({ length: n }, (_, i) =>
      digit.reduce((all, value, at) => (pick(at) === i ? all + value : all), 0));
    const down = offset(sum(high, (at) => Math.floor(at / wide)));
    const right = offset(sum(wide, (at) => at % wide));
    const field = new Uint8ClampedArray(FIELD * FIELD);
    digit.forEach((value, i) => { field[(down + Math.floor(i / wide)) * FIELD + right + (i % wide)] = value; });
    return field;
  }

  root.alexnet = root.alexnet || {};
  root.alexnet.pixels = { resized, seen, boxed };
})(globalThis);
