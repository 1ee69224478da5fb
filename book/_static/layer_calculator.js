// The playground "Layer calculator". The arithmetic is in shapes.js, the networks in specs.js.
"use strict";

(function () {
  const { specs, shapes, ui } = globalThis.alexnet;
  const byId = (id) => document.getElementById(id);
  const form = byId("calculator-form");
  const field = form.elements;
  // More than this is no picture and no layer of any network; it would only slow the page down.
  const MOST = { input: 4096, channels: 4096, kernel: 4096, stride: 4096, amount: 4096,
    groups: 4096, filters: 65536, units: 65536 };
  const LABEL = { input: "the input's side", channels: "the input's channels", units: "units",
    amount: "padding" };
  const WHERE_USED = {
    conv: ["kernel", "stride", "padding", "rounding", "groups", "filters"],
    pool: ["kernel", "stride", "padding", "rounding"],
    dense: ["units"],
  };

  let network; // a copy of the preset, as it has been edited
  let timer = null;

  const chosen = () => network.layers.find((layer) => layer.name === field.layer.value);

  // ---- From the network to the fields and back --------------------------------------------------

  function takePreset() {
    network = structuredClone(specs[field.preset.value]);
    field.input.value = network.input_shape[0];
    field.channels.value = network.input_shape[2];
    const before = field.layer.value;
    const names = network.layers.filter((layer) => WHERE_USED[layer.kind]).map((x) => x.name);
    ui.options(field.layer, names.map((name) => [name, name]));
    field.layer.value = names.includes(before) ? before : names[0];
    takeLayer();
  }

  function takeLayer() {
    const layer = chosen();
    const used = WHERE_USED[layer.kind];
    form.querySelectorAll("[data-field]").forEach((box) => {
      box.hidden = !used.includes(box.dataset.field);
    });
    used.filter((name) => name !== "padding").forEach((name) => { field[name].value = layer[name]; });
    if (used.includes("padding")) {
      const number = typeof layer.padding === "number";
      field.padding.value = number ? "number" : layer.padding;
      field.amount.value = number ? layer.padding : 0;
    }
    showAmount();
    render(true);
  }

  function showAmount() {
    byId("calculator-amount").hidden =
      field.padding.value !== "number" || !WHERE_USED[chosen().kind].includes("padding");
  }

  // Read one number; an impossible one is marked and its reason returned.
  function read(name) {
    const value = ui.typed(field[name]);
    const least = name === "amount" ? 0 : 1;
    let problem = null;
    try {
      shapes.wholeNumber(LABEL[name] || name, value, least);
      if (value > MOST[name]) {
        problem = (LABEL[name] || name) + " must be at most " + MOST[name] + " on this page, got " +
          value + ".";
      }
    } catch (error) {
      problem = error.message;
    }
    field[name].setAttribute("aria-invalid", String(problem !== null));
    return { value, problem };
  }

  // Put the fields into the network; return the first reason why they cannot be, or null.
  function edit() {
    const layer = chosen();
    const used = WHERE_USED[layer.kind];
    const numbers = ["input", "channels",
      ...used.filter((name) => !["padding", "rounding"].includes(name))];
    if (used.includes("padding") && field.padding.value === "number") numbers.push("amount");
    const got = Object.fromEntries(numbers.map((name) => [name, read(name)]));
    const wrong = numbers.find((name) => got[name].problem);
    if (wrong) return got[wrong].problem;
    network.input_shape = [got.input.value, got.input.value, got.channels.value];
    used.forEach((name) => {
      if (name === "rounding") layer.rounding = field.rounding.value;
      else if (name === "padding") layer.padding = got.amount ? got.amount.value : field.padding.value;
      else layer[name] = got[name].value;
    });
    return null;
  }

  // ---- The whole network -------------------------------------------------------------------------

  // Steps of the network as far as it is possible, and why it stops there.
  function followed() {
    const { steps, stopped } = shapes.follow(network);
    for (let i = 0; i < steps.length; i += 1) {
      const layer = network.layers[i];
      const problem = layer.kind !== "conv" ? null
        : shapes.groupProblem(steps[i].input_shape[2], layer.filters, layer.groups);
      if (problem) return { steps: steps.slice(0, i), stopped: { layer: layer.name, reason: problem } };
    }
    return { steps, stopped };
  }

  function cell(row, text, changed) {
    row.insertCell().textContent = text + (changed ? "*" : "");
  }

  function showTable(steps, stopped) {
    const body = byId("calculator-layers");
    const preset = shapes.trace(specs[network.name]);
    body.replaceChildren();
    network.layers.forEach((layer, i) => {
      const row = body.insertRow();
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = layer.name;
      row.append(head);
      if (layer.name === field.layer.value) row.className = "chosen";
      const step = steps[i];
      if (!step) {
        cell(row, stopped.layer === layer.name ? "impossible" : "–");
        cell(row, "–");
        cell(row, "–");
        return;
      }
      const was = preset[i];
      const size = (shape) => shape.map(ui.whole).join("×");
      cell(row, size(step.output_shape), size(step.output_shape) !== size(was.output_shape));
      cell(row, ui.whole(step.parameters), step.parameters !== was.parameters);
      cell(row, ui.whole(step.macs), step.macs !== was.macs);
    });
    showTotals(stopped ? null : shapes.sums(steps), shapes.sums(preset));
  }

  function showTotals(now, preset) {
    ["parameters", "macs"].forEach((name) => {
      byId("calculator-" + name).textContent = now ? ui.whole(now[name]) : "–";
      byId("calculator-preset-" + name).textContent = ui.whole(preset[name]);
    });
  }

  function summary(steps) {
    const i = network.layers.indexOf(chosen());
    const step = steps[i];
    if (!step) return "";
    const size = (shape) => shape.map(ui.whole).join("×");
    return step.name + ": " + size(step.input_shape) + " → " + size(step.output_shape) + ", " +
      ui.whole(step.parameters) + " parameters, " + ui.whole(step.macs) + " multiply-adds. " +
      "Whole network: ";
  }

  function wholeNetwork(steps, stopped) {
    if (stopped) return "none, since it stops at " + stopped.layer + ".";
    const total = shapes.sums(steps);
    return ui.whole(total.parameters) + " parameters, " + ui.whole(total.macs) + " multiply-adds.";
  }

  // ---- The row of pixels -------------------------------------------------------------------------

  let geometry = null;

  function measure(steps) {
    const layer = chosen();
    const i = network.layers.indexOf(layer);
    if (!["conv", "pool"].includes(layer.kind) || !steps[i]) return null;
    const size = steps[i].input_shape[0];
    const { kernel, stride, padding, rounding } = layer;
    const [before, after] = shapes.padAmounts(size, kernel, stride, padding);
    const windows = shapes.outputSize(size, kernel, stride, padding, rounding);
    const over = shapes.overhang(size, kernel, stride, padding, rounding);
    let unread = 0;
    for (let x = 0; x < size; x += 1) {
      const window = Math.min(windows - 1, Math.floor((x + before) / stride));
      if (x >= window * stride - before + kernel) unread += 1;
    }
    return { name: layer.name, size, kernel, stride, before, after, windows, over, unread };
  }

  // What lies at place `x` of the row, counted from pixel 0.
  function kindOf(x, { size, before, after }) {
    if (x >= 0 && x < size) return "pixel";
    return x >= -before && x < size + after ? "padding" : "over";
  }

  // How many pixels, zeros of the padding and places beyond the edge a window reads across.
  function counted(first) {
    const count = { pixel: 0, padding: 0, over: 0 };
    for (let x = first; x < first + geometry.kernel; x += 1) count[kindOf(x, geometry)] += 1;
    const parts = [ui.plural(count.pixel, "pixel")];
    if (count.padding) parts.push(ui.plural(count.padding, "zero") + " of the padding");
    if (count.over) parts.push(ui.plural(count.over, "place") + " beyond the edge");
    return parts.join(", ");
  }

  function inWords(index, down) {
    const g = geometry;
    const start = (i) => i * g.stride - g.before;
    const edge = g.over
      ? "The last window hangs " + ui.plural(g.over, "pixel") + " over the edge."
      : "No window hangs over the edge.";
    const unread = g.unread ? " No window reads " + (g.unread === 1 ? "1 pixel" : g.unread + " pixels") +
      " of the " + g.size + "." : "";
    const below = down === index ? "; down likewise. " : "; down, window " + (down + 1) +
      " starts at pixel " + start(down) + ". ";
    return "Window " + (index + 1) + " of " + g.windows + " across starts at pixel " + start(index) +
      " and reads " + counted(start(index)) + below + edge + unread;
  }

  function hatch(svg, x, y, width, height) {
    ui.draw(svg, "rect", { x, y, width, height, class: "ground" });
    for (let at = x - height + 4; at < x + width; at += 5) {
      const left = Math.max(at, x);
      const right = Math.min(at + height, x + width);
      if (right <= left) continue;
      ui.draw(svg, "line", { x1: left, y1: y + height - (left - at), x2: right,
        y2: y + height - (right - at), class: "hatch" });
    }
  }

  function piece(svg, kind, x, y, width, height) {
    if (width <= 0) return;
    if (kind === "padding") hatch(svg, x, y, width, height);
    else ui.draw(svg, "rect", { x, y, width, height, class: kind === "over" ? "over" : "soft" });
  }

  // ---- The picture and its map, as squares -------------------------------------------------------

  const SQUARE = { top: 22, side: 132 };

  // Where the two squares are drawn, and how many pixels of the screen a place and a value take.
  function squares(width) {
    const g = geometry;
    const places = g.before + g.size + g.after + g.over;
    const gap = Math.max(34, Math.min(90, (width - 2 * SQUARE.side) / 3));
    const left = Math.max(2, (width - 2 * SQUARE.side - gap) / 2);
    return { left, right: left + SQUARE.side + gap, scale: SQUARE.side / places, cell: SQUARE.side / g.windows };
  }

  // What lies around the picture: zeros of the padding, and places that are not there.
  function drawAround(svg, { left, scale }) {
    const g = geometry;
    const at = (x) => (x + g.before) * scale;
    if (g.over) ui.draw(svg, "rect", { x: left, y: SQUARE.top, width: SQUARE.side, height: SQUARE.side, class: "over" });
    const padded = (g.before + g.size + g.after) * scale;
    if (g.before + g.after) hatch(svg, left, SQUARE.top, padded, padded);
    ui.draw(svg, "rect", { x: left + at(0), y: SQUARE.top + at(0), width: g.size * scale,
      height: g.size * scale, class: "soft" });
  }

  function drawSquares(svg, width, index, down) {
    const g = geometry;
    const place = squares(width);
    const { left, right, scale, cell } = place;
    const { top, side } = SQUARE;
    ui.draw(svg, "text", { x: left, y: 13, class: "small" }, "read: " + g.size + "×" + g.size);
    ui.draw(svg, "text", { x: right, y: 13, class: "small" }, "written: " + g.windows + "×" + g.windows);
    drawAround(svg, place);
    const reach = g.kernel * scale;
    const [x, y] = [left + index * g.stride * scale, top + down * g.stride * scale];
    ui.draw(svg, "rect", { x, y, width: Math.max(3, reach), height: Math.max(3, reach), class: "mark window" });
    ui.draw(svg, "rect", { x: right, y: top, width: side, height: side, class: "soft map" });
    const [u, v] = [right + index * cell, top + down * cell];
    [[y, v], [y + reach, v + cell]].forEach(([from, to]) => ui.draw(svg, "line",
      { x1: x + reach, y1: from, x2: u, y2: to, class: "ray" }));
    ui.draw(svg, "rect", { x: u, y: v, width: Math.max(3, cell), height: Math.max(3, cell), class: "marked" });
  }

  // The window that lies under the pointer: in the picture, or that of a value in the map.
  function point(event) {
    if (!geometry || (event.type === "pointermove" && event.buttons !== 1)) return;
    const box = byId("calculator-row").getBoundingClientRect();
    const { left, right, scale, cell } = squares(box.width);
    const [x, y] = [event.clientX - box.left, event.clientY - box.top - SQUARE.top];
    if (y < -8 || y > SQUARE.side + 8) return;
    const middle = (geometry.kernel * scale) / 2;
    const index = (along, inMap) => {
      const found = inMap ? along / cell : (along - middle) / (geometry.stride * scale) + 0.5;
      return Math.min(geometry.windows - 1, Math.max(0, Math.floor(found)));
    };
    const inMap = x > (left + SQUARE.side + right) / 2;
    if (timer !== null) stop();
    field.window.value = index(x - (inMap ? right : left), inMap);
    field.down.value = index(y, inMap);
    drawRow();
  }

  // The row that the window crosses, with all windows under it in as many lines as it takes.
  function drawOverview(svg, width, index) {
    const g = geometry;
    const scale = (width - 4) / (g.before + g.size + g.after + g.over);
    const at = (x) => 2 + (x + g.before) * scale;
    const top = SQUARE.top + SQUARE.side + 12;
    ui.draw(svg, "text", { x: 2, y: top + 10, class: "small" }, "Across: a row of " + g.size + " pixels and its windows");
    piece(svg, "padding", at(-g.before), top + 18, g.before * scale, 14);
    piece(svg, "pixel", at(0), top + 18, g.size * scale, 14);
    piece(svg, "padding", at(g.size), top + 18, g.after * scale, 14);
    piece(svg, "over", at(g.size + g.after), top + 18, g.over * scale, 14);
    const lines = Math.max(1, Math.min(4, Math.ceil(g.kernel / g.stride)));
    const bar = (i, least, name) => ui.draw(svg, "rect", { x: at(i * g.stride - g.before), height: 5,
      y: top + 37 + (i % lines) * 7, width: Math.max(least, g.kernel * scale - 1), class: name });
    for (let i = 0; i < g.windows && g.windows <= 700; i += 1) bar(i, 1, "a");
    bar(index, 3, "marked");
    ui.draw(svg, "rect", { x: at(index * g.stride - g.before), y: top + 15, height: 20,
      width: Math.max(3, g.kernel * scale), class: "mark" });
  }

  // The chosen window with a few neighbours, pixel by pixel.
  function drawDetail(svg, width, index) {
    const g = geometry;
    const first = index * g.stride - g.before;
    const margin = g.kernel > 60 ? 1 : 3;
    const cells = g.kernel + 2 * margin;
    const scale = Math.min(36, (width - 6) / cells);
    const offset = (width - cells * scale) / 2;
    const at = (x) => offset + (x - first + margin) * scale;
    const step = scale >= 24 ? 1 : Math.ceil(24 / scale);
    for (let x = first - margin; x < first + g.kernel + margin; x += 1) {
      const kind = kindOf(x, g);
      const outside = kind === "over" && (x < -g.before || x >= g.size + g.after + g.over);
      if (!outside) piece(svg, kind, at(x), 244, scale, 30);
      if (kind === "pixel" && (x - first + margin) % step === 0) {
        ui.draw(svg, "text", { x: at(x) + scale / 2, y: 290, class: "small middle" }, x);
      }
    }
    ui.draw(svg, "rect", { x: at(first), y: 241, width: g.kernel * scale, height: 36, class: "mark" });
    ui.draw(svg, "text", { x: width / 2, y: 308, class: "small middle" },
      "plain: pixel · hatched: padding · dashed: over the edge");
  }

  function showIndex(name, slider) {
    const words = geometry ? Number(slider.value) + 1 + " of " + geometry.windows : "–";
    byId("calculator-" + name).textContent = words;
    slider.setAttribute("aria-valuetext", geometry ? "window " + words : "none");
    slider.disabled = !geometry;
  }

  function drawRow() {
    const svg = byId("calculator-row").firstElementChild;
    const width = ui.blank(svg, 314);
    byId("calculator-play").disabled = !geometry;
    showIndex("index", field.window);
    showIndex("down-index", field.down);
    if (!geometry) {
      const why = chosen().kind === "dense"
        ? "A dense layer has no windows: each unit reads every value."
        : "No windows, since this setting is impossible.";
      ui.draw(svg, "text", { x: width / 2, y: 150, class: "middle" }, why);
      svg.setAttribute("aria-label", why);
      ui.say(byId("calculator-windows"), why);
      return;
    }
    const [index, down] = [Number(field.window.value), Number(field.down.value)];
    drawSquares(svg, width, index, down);
    drawOverview(svg, width, index);
    drawDetail(svg, width, index);
    const words = inWords(index, down);
    svg.setAttribute("aria-label", "The windows of " + geometry.name + " on a picture of " +
      geometry.size + " by " + geometry.size + " places. " + words);
    ui.say(byId("calculator-windows"), words);
  }

  // ---- Playing -----------------------------------------------------------------------------------

  // The words follow the picture; a screen reader hears them when it stands still.
  const aloud = (how) => byId("calculator-windows").setAttribute("aria-live", how);

  function stop() {
    if (timer !== null) window.clearInterval(timer);
    timer = null;
    aloud("polite");
    byId("calculator-play").textContent = "Slide the window";
    drawRow();
  }

  function play() {
    if (timer !== null) { stop(); return; }
    if (Number(field.window.value) === geometry.windows - 1) field.window.value = 0;
    byId("calculator-play").textContent = "Stop";
    aloud("off");
    timer = window.setInterval(() => {
      field.window.value = Number(field.window.value) + 1;
      drawRow();
      if (Number(field.window.value) >= geometry.windows - 1) stop();
    }, 150);
  }

  // ---- All together ------------------------------------------------------------------------------

  function render(freshLayer) {
    if (timer !== null) stop();
    const problem = edit();
    const { steps, stopped } = problem
      ? { steps: [], stopped: { layer: field.layer.value, reason: problem } }
      : followed();
    const reason = stopped ? stopped.layer + ": " + stopped.reason : "";
    ui.say(byId("calculator-problem"), reason);
    showTable(steps, stopped);
    const start = summary(steps);
    ui.say(byId("calculator-result"), start ? start + wholeNetwork(steps, stopped)
      : "This network is impossible; the next line says why.");
    geometry = measure(steps);
    if (geometry) {
      const last = geometry.windows - 1;
      // The last window shows best what the rounding does, so a new layer begins with it.
      [field.window, field.down].forEach((slider) => {
        const at = freshLayer ? last : Math.min(Number(slider.value), last);
        slider.max = last;
        slider.value = at;
      });
    }
    drawRow();
  }

  ui.options(field.preset, Object.values(specs).map((spec) => [spec.name, spec.title]));
  field.preset.addEventListener("change", takePreset);
  field.layer.addEventListener("change", takeLayer);
  [field.window, field.down].forEach((slider) => slider.addEventListener("input", () => {
    if (timer !== null) stop();
    drawRow();
  }));
  const drawing = byId("calculator-row").firstElementChild;
  drawing.addEventListener("pointerdown", point);
  drawing.addEventListener("pointermove", point);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => {
    if (["preset", "layer", "window", "down"].includes(event.target.name)) return;
    showAmount();
    render(event.target.name !== "groups" && event.target.name !== "filters");
  });
  byId("calculator-reset").addEventListener("click", takePreset);
  byId("calculator-play").addEventListener("click", play);
  ui.onWidth(byId("calculator-row"), drawRow);
  takePreset();
})();
