// The playground "A gradient on its way back" of the chapter on ReLU. The arithmetic is in formulas.js.
"use strict";

(function () {
  const { formulas, ui } = globalThis.alexnet;
  const byId = (id) => document.getElementById("gradient-back-" + id);
  const field = byId("form").elements;
  const UNITS = 128;
  const INPUTS = 8;
  const DEEPEST = 30;
  const HEIGHT = 270;
  const POWERS = [-12, 6]; // of ten, at the ends of the scale
  // Variances of the weights times n, and what has them.
  const STARTS = [
    [0.0363, "conv1 of AlexNet"], [0.12, "conv2 of AlexNet"], [0.1728, "conv4 of AlexNet"],
    [0.2304, "conv3 of AlexNet"], [0.4096, "fc7 of AlexNet"], [0.7, ""], [0.9216, "fc6 of AlexNet"],
    [1, ""], [1.4, ""], [2, "He's"], [2.8, ""], [4, ""], [8, ""],
  ];

  let seed = 1;
  let drawn = {};

  // Weights of variance 1 for all layers, inputs and a gradient; the same for the same seed.
  function draw() {
    const all = formulas.normals(seed, DEEPEST * UNITS * UNITS + 2 * INPUTS * UNITS);
    const cut = (start, size) => all.subarray(start, start + size);
    const layers = Array.from({ length: DEEPEST }, (_, i) => cut(i * UNITS * UNITS, UNITS * UNITS));
    const end = DEEPEST * UNITS * UNITS;
    drawn = { layers, inputs: cut(end, INPUTS * UNITS), gradient: cut(end + INPUTS * UNITS, INPUTS * UNITS) };
  }

  function sent(variance, depth, tanh) {
    const deviation = Math.sqrt(variance / UNITS);
    const weights = drawn.layers.slice(0, depth).map((layer) => layer.map((x) => x * deviation));
    return formulas.sentBack(weights, drawn.inputs, drawn.gradient, UNITS, tanh);
  }

  // ---- The chart -----------------------------------------------------------------------------------

  function drawChart(curves, depth) {
    const svg = byId("chart").firstElementChild;
    const width = ui.blank(svg, HEIGHT);
    const [left, right, top, foot] = [50, 62, 30, HEIGHT - 38];
    ui.draw(svg, "text", { x: 0, y: 12, class: "small" }, "Length of the gradient, as a share of its first");
    const across = (layer) => left + (layer / depth) * (width - left - right);
    const up = (length) => {
      const power = Math.max(POWERS[0], Math.min(POWERS[1], Math.log10(length)));
      return top + ((POWERS[1] - power) / (POWERS[1] - POWERS[0])) * (foot - top);
    };
    for (let power = POWERS[0]; power <= POWERS[1]; power += 3) {
      const y = up(10 ** power);
      ui.draw(svg, "line", { x1: left, x2: width - right, y1: y, y2: y, class: power === 0 ? "mean" : "line faint" });
      const label = ui.draw(svg, "text", { x: left - 6, y: y + 4, class: "small end" }, power === 0 ? "1" : "10");
      if (power !== 0) ui.draw(label, "tspan", { dy: -5, "font-size": 9 }, ui.signed(power));
    }
    [...new Set([0, Math.round(depth / 2), depth])].forEach((layer) => {
      ui.draw(svg, "text", { x: across(layer), y: foot + 16, class: "small middle" }, layer);
    });
    ui.draw(svg, "text", { x: (left + width - right) / 2, y: foot + 32, class: "small middle" },
      "layers that it has come back through");
    const ends = curves.map(({ lengths }) => up(lengths[depth]));
    const apart = Math.abs(ends[0] - ends[1]) < 16 ? (16 - Math.abs(ends[0] - ends[1])) / 2 : 0;
    curves.forEach(({ name, kind, lengths }, i) => {
      const points = lengths.map((x, layer) => across(layer).toFixed(1) + "," + up(x).toFixed(1));
      ui.draw(svg, "polyline", { points: points.join(" "), class: "curve " + kind });
      const aside = ends[i] < ends[1 - i] || (ends[0] === ends[1] && i === 0) ? -apart : apart;
      ui.draw(svg, "circle", { cx: across(depth), cy: ends[i], r: 4, class: kind });
      ui.draw(svg, "text", { x: across(depth) + 9, y: ends[i] + 4 + aside, class: kind + " name" }, name);
    });
  }

  // ---- In words ----------------------------------------------------------------------------------

  const percent = (share) => Math.round(100 * share) + " %";

  function inWords(depth, start, relu, tanh) {
    const left = ({ lengths }) => ui.signed(ui.short(Number(lengths[depth].toPrecision(2)))) + " times";
    return ui.plural(depth, "layer") + ", variance " + start + ": the gradient ends " + left(relu) +
      " as long as it set out with ReLU, and " + left(tanh) + " with tanh. " + percent(relu.flat) +
      " of the ReLU units are off, and " + percent(tanh.flat) + " of the tanh units are nearly flat, with slopes below 0.1.";
  }

  function render() {
    const depth = Number(field.depth.value);
    const [variance, whose] = STARTS[Number(field.start.value)];
    const start = ui.short(variance) + "/n" + (whose ? ", " + whose : "");
    const [relu, tanh] = [sent(variance, depth, false), sent(variance, depth, true)];
    ui.show(field.depth, String(depth));
    ui.show(field.start, start);
    drawChart([{ name: "ReLU", kind: "a", ...relu }, { name: "tanh", kind: "b", ...tanh }], depth);
    const words = inWords(depth, start, relu, tanh);
    ui.say(byId("words"), words);
    byId("chart").firstElementChild.setAttribute("aria-label",
      "The length of a gradient, as a share of its first, over the layers that it has come through. " + words);
  }

  field.start.max = STARTS.length - 1;
  field.start.value = STARTS.findIndex(([variance]) => variance === 1);
  byId("form").addEventListener("submit", (event) => event.preventDefault());
  byId("form").addEventListener("input", render);
  byId("draw").addEventListener("click", () => {
    seed += 1;
    draw();
    render();
  });
  ui.onWidth(byId("chart"), render);
  draw();
  render();
})();
