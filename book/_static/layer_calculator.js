// The page "Layer calculator". The arithmetic is in shapes.js, the networks in specs.js.
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
    row.insertCell().textContent = text + (changed ? " *" : "");
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

  function inWords(index) {
    const g = geometry;
    const first = index * g.stride - g.before;
    const last = first + g.kernel - 1;
    const count = { pixel: 0, padding: 0, over: 0 };
    for (let x = first; x <= last; x += 1) count[kindOf(x, g)] += 1;
    const parts = [ui.plural(count.pixel, "pixel")];
    if (count.padding) parts.push(ui.plural(count.padding, "zero") + " of the padding");
    if (count.over) parts.push(ui.plural(count.over, "place") + " beyond the edge");
    const edge = g.over
      ? "The last window hangs " + ui.plural(g.over, "pixel") + " over the edge."
      : "No window hangs over the edge.";
    const unread = g.unread ? " " + ui.plural(g.unread, "pixel") + " of the row no window reads." : "";
    return "Window " + index + " of 0 to " + (g.windows - 1) + " starts at pixel " + first +
      " and reads " + parts.join(", ") + ". " + edge + unread;
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

  // The whole row above, all windows under it in as many lines as it takes to see each.
  function drawOverview(svg, width, index) {
    const g = geometry;
    const left = Math.min(0, -g.before);
    const length = g.before + g.size + g.after + g.over;
    const scale = (width - 4) / length;
    const at = (x) => 2 + (x - left) * scale;
    ui.draw(svg, "text", { x: 2, y: 12, class: "small" }, "The row, " + g.size + " pixels");
    piece(svg, "padding", at(-g.before), 18, g.before * scale, 18);
    piece(svg, "pixel", at(0), 18, g.size * scale, 18);
    piece(svg, "padding", at(g.size), 18, g.after * scale, 18);
    piece(svg, "over", at(g.size + g.after), 18, g.over * scale, 18);
    const lines = Math.max(1, Math.min(9, Math.ceil(g.kernel / g.stride)));
    const first = (i) => i * g.stride - g.before;
    for (let i = 0; i < g.windows && g.windows <= 700; i += 1) {
      ui.draw(svg, "rect", { x: at(first(i)), y: 42 + (i % lines) * 7, height: 5,
        width: Math.max(1, g.kernel * scale - 1), class: "a" });
    }
    ui.draw(svg, "rect", { x: at(first(index)), y: 42 + (index % lines) * 7, height: 5,
      width: Math.max(3, g.kernel * scale - 1), class: "marked" });
    ui.draw(svg, "rect", { x: at(first(index)), y: 15, height: 24,
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
    ui.draw(svg, "text", { x: 2, y: 132, class: "small" }, "Window " + index + " enlarged");
    for (let x = first - margin; x < first + g.kernel + margin; x += 1) {
      const kind = kindOf(x, g);
      const outside = kind === "over" && (x < -g.before || x >= g.size + g.after + g.over);
      if (!outside) piece(svg, kind, at(x), 142, scale, 44);
      if (kind === "pixel" && (x - first + margin) % step === 0) {
        ui.draw(svg, "text", { x: at(x) + scale / 2, y: 206, class: "small middle" }, x);
      }
    }
    ui.draw(svg, "rect", { x: at(first), y: 139, width: g.kernel * scale, height: 50, class: "mark" });
    ui.draw(svg, "text", { x: width / 2, y: 225, class: "small middle" },
      "plain: pixel · hatched: padding · dashed: over the edge");
  }

  function drawRow() {
    const svg = byId("calculator-row").firstElementChild;
    const width = ui.blank(svg, 232);
    const slider = field.window;
    slider.disabled = !geometry;
    byId("calculator-play").disabled = !geometry;
    if (!geometry) {
      const why = chosen().kind === "dense"
        ? "A dense layer has no windows: each unit reads every value."
        : "No windows, since this setting is impossible.";
      ui.draw(svg, "text", { x: width / 2, y: 110, class: "middle" }, why);
      svg.setAttribute("aria-label", why);
      byId("calculator-index").textContent = "–";
      ui.say(byId("calculator-windows"), why);
      return;
    }
    const index = Number(slider.value);
    drawOverview(svg, width, index);
    drawDetail(svg, width, index);
    const words = inWords(index);
    svg.setAttribute("aria-label", "The windows of " + geometry.name + " on a row of " +
      geometry.size + " pixels. " + words);
    slider.setAttribute("aria-valuetext", "window " + index + " of " + (geometry.windows - 1));
    byId("calculator-index").textContent = index + " of 0 to " + (geometry.windows - 1);
    if (timer === null) ui.say(byId("calculator-windows"), words);
  }

  // ---- Playing -----------------------------------------------------------------------------------

  function stop() {
    if (timer !== null) window.clearInterval(timer);
    timer = null;
    byId("calculator-play").textContent = "Slide the window";
    drawRow();
  }

  function play() {
    if (timer !== null) { stop(); return; }
    if (Number(field.window.value) === geometry.windows - 1) field.window.value = 0;
    byId("calculator-play").textContent = "Stop";
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
      const at = freshLayer ? last : Math.min(Number(field.window.value), last);
      field.window.max = last;
      field.window.value = at;
    }
    drawRow();
  }

  ui.options(field.preset, Object.values(specs).map((spec) => [spec.name, spec.title]));
  field.preset.addEventListener("change", takePreset);
  field.layer.addEventListener("change", takeLayer);
  field.window.addEventListener("input", () => { if (timer !== null) stop(); drawRow(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => {
    if (["preset", "layer", "window"].includes(event.target.name)) return;
    showAmount();
    render(event.target.name !== "groups" && event.target.name !== "filters");
  });
  byId("calculator-reset").addEventListener("click", takePreset);
  byId("calculator-play").addEventListener("click", play);
  ui.onWidth(byId("calculator-row"), drawRow);
  takePreset();
})();
