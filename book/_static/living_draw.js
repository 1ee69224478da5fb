// How the living network is painted: maps in their tower's colour, heat maps, pictures, shares.
"use strict";

(function (root) {
  // 256 colours from stops like "#1f7bb6", red, green and blue in turn.
  function ramp(...stops) {
    const parts = stops.map((stop) => [1, 3, 5].map((at) => parseInt(stop.slice(at, at + 2), 16)));
    return Array.from({ length: 256 }, (_, i) => {
      const place = (i / 255) * (parts.length - 1), low = Math.min(Math.floor(place), parts.length - 2);
      return parts[low].map((from, c) => Math.round(from + (place - low) * (parts[low + 1][c] - from)));
    });
  }

  const TOWERS = [ramp("#07131d", "#1f7bb6", "#f0f9ff"), ramp("#1a0d03", "#c2610a", "#fff5ea")];
  const GREY = ramp("#000000", "#ffffff");
  const HEAT = ramp("#440154", "#3b528b", "#21918c", "#5ec962", "#fde725");
  const SIGNED = ramp("#762a83", "#c2a5cf", "#f7f7f7", "#a6dba0", "#1b7837"); // below 0, 0, above 0

  // Fill a canvas of width × height pixels with the colour (red, green, blue, alpha) of each.
  function paint(canvas, width, height, colour) {
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d"), image = context.createImageData(width, height);
    for (let i = 0; i < width * height; i += 1) {
      const [r, g, b, a = 255] = colour(i % width, Math.floor(i / width));
      image.data.set([r, g, b, a], 4 * i);
    }
    context.putImageData(image, 0, 0);
    return canvas;
  }

  // Values (side, side, channels) from 0 to 255 as a small canvas of their own.
  function small(values, side) {
    const channels = values.length / side ** 2;
    const pixel = (c, i) => values[i * channels + Math.min(c, channels - 1)];
    return paint(document.createElement("canvas"), side, side, (x, y) =>
      [0, 1, 2].map((c) => pixel(c, y * side + x)));
  }

  // A picture, and over it a heat map (values from 0 on) that hides what does not count.
  function picture(canvas, values, side, heat) {
    const context = canvas.getContext("2d"), size = canvas.width;
    context.imageSmoothingEnabled = side > 100;
    context.imageSmoothingQuality = "high";
    context.drawImage(small(values, side), 0, 0, size, size);
    const most = heat ? Math.max(...heat.values) : 0;
    if (!(most > 0)) return;
    const cover = paint(document.createElement("canvas"), heat.side, heat.side, (x, y) => {
      const share = heat.values[y * heat.side + x] / most;
      return [...HEAT[Math.round(255 * share)], 70 + 110 * share];
    });
    context.imageSmoothingEnabled = true;
    context.drawImage(cover, 0, 0, size, size);
  }

  // How many of `count` maps stand side by side, so that no row is left half empty.
  function sideBySide(count, side, towers) {
    const least = side > 40 ? 4 : ((side > 1 ? 2.8 : 5.6) / towers) * Math.sqrt(count);
    return Array.from({ length: count }, (_, i) => i + 1).find((n) => n >= Math.ceil(least) && count % n === 0);
  }

  // Where the maps of one tower lie: channels `first` to `first + count`, so many side by side.
  function layout(map, towers, tower) {
    const count = map.channels / towers, columns = sideBySide(count, map.side, towers);
    const step = map.side + (map.side > 1 ? 1 : 0), rows = Math.ceil(count / columns);
    return { first: tower * count, count, columns, rows, step, side: map.side,
      width: columns * step, height: rows * step };
  }

  // Paint the maps of one tower, each value as a share of the layer's largest; dim what is small.
  function maps(canvas, map, place, most, tower, off) {
    const colours = TOWERS[tower], { first, count, columns, step, side, width, height } = place;
    paint(canvas, width, height, (x, y) => {
      const tile = Math.floor(y / step) * columns + Math.floor(x / step);
      const [row, column] = [y % step, x % step];
      if (tile >= count || row >= side || column >= side) return [0, 0, 0, 0];
      if (off.includes(first + tile)) return (row + column) % 5 < 1 ? [150, 150, 150] : [60, 60, 60];
      const value = map.values[(row * side + column) * map.channels + first + tile];
      return colours[value > 0 && most > 0 ? Math.round(255 * Math.min(1, value / most) ** 0.6) : 0];
    });
  }

  // Which value a point of that canvas shows (shares of its width and height), or null.
  function under(place, x, y) {
    const { columns, step, side, count, first, width, height } = place;
    const [px, py] = [Math.floor(x * width), Math.floor(y * height)];
    const tile = Math.floor(py / step) * columns + Math.floor(px / step);
    if (px < 0 || py < 0 || px >= width || tile >= count) return null;
    return { channel: first + tile, row: Math.min(side - 1, py % step), column: Math.min(side - 1, px % step) };
  }

  // Values with a sign as squares, purple below 0 and green above.
  function signed(canvas, values, side, most) {
    paint(canvas, side, side, (x, y) => {
      const share = most > 0 ? values[y * side + x] / most : 0;
      return SIGNED[Math.round(127.5 + 127.5 * Math.max(-1, Math.min(1, share)))];
    });
  }

  function squares(canvas, values, side, most, tower) {
    const colours = tower === undefined ? GREY : TOWERS[tower];
    paint(canvas, side, side, (x, y) =>
      colours[most > 0 ? Math.round(255 * Math.max(0, Math.min(1, values[y * side + x] / most))) : 0]);
  }

  // Bars up and down from 0; one of them is marked.
  function bars(canvas, values, marked, colours) {
    const [width, height] = [canvas.width, canvas.height], context = canvas.getContext("2d");
    const high = Math.max(0, ...values), low = Math.min(0, ...values), span = high - low || 1;
    const y = (value) => 4 + (height - 10) * ((high - value) / span), step = width / values.length;
    context.clearRect(0, 0, width, height);
    values.forEach((value, i) => {
      context.fillStyle = value < 0 ? colours.below : colours.above;
      const [top, bottom] = [y(Math.max(0, value)), y(Math.min(0, value))];
      context.fillRect(i * step + step * 0.1, top, Math.max(1, step * 0.8), Math.max(1, bottom - top));
      if (i !== marked) return;
      context.fillStyle = colours.mark;
      context.fillRect(i * step, height - 4, Math.max(3, step), 4);
    });
    context.fillStyle = colours.line;
    context.fillRect(0, y(0), width, 1);
  }

  root.alexnet = root.alexnet || {};
  root.alexnet.draw = { paint, picture, layout, maps, under, signed, squares, bars };
})(globalThis);
