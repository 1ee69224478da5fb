// The playground "Network explorer": the paper's network as two towers. The arithmetic is in
// shapes.js, the network in specs.js, the photograph in flower.js.
"use strict";

(function () {
  const { specs, shapes, flower, ui } = globalThis.alexnet;
  const byId = (id) => document.getElementById(id);
  const network = specs.paper;
  const steps = shapes.trace(network);
  const side = network.input_shape[0];
  const ROW = 36; // pixels of height for each layer in the picture; also in interactive.css
  const NAMES = 74; // pixels that the names take on the left
  const MARGIN = 58; // pixels around the picture, for fields that reach beyond it
  const slider = { row: byId("explorer-row"), column: byId("explorer-column") };

  let chosen = 6; // conv3, the only convolution after the first that reads both towers

  // ---- Who reads what ----------------------------------------------------------------------------

  // "picture", "own" tower, "both" towers, or "edge": own, and a few channels across the border.
  function reads(i) {
    const layer = network.layers[i];
    if (i === 0) return "picture";
    if (layer.kind === "dense") return "both";
    if (layer.kind === "conv") return layer.groups === 2 ? "own" : "both";
    if (layer.kind === "lrn") return layer.groups === 2 ? "own" : "edge";
    return "own";
  }

  const isHead = (i) => i === steps.length - 1;
  const size = (shape) => shape.map(ui.whole).join("×");

  function sourceWords(i) {
    const from = i === 0 ? "the picture" : steps[i - 1].name;
    const half = i === 0 ? 0 : steps[i - 1].activation_bytes / 2;
    const words = {
      picture: "Both towers read the whole picture.",
      own: "Each tower reads only its own half of " + from + ".",
      edge: "The paper's formula runs over all channels, so at the border between the towers a " +
        "window reaches into the other one. In the released code it stops at the border " +
        "(layers-145.cfg: rnorm1a and rnorm1b).",
      both: "Each tower reads both halves of " + from + ": " + ui.whole(half) +
        " bytes of one picture cross in each direction.",
    };
    if (isHead(i)) {
      return "One layer of " + ui.whole(network.layers[i].units) + " units reads both halves of " + from +
        ". In the released code it stands on the first GPU, and " + ui.whole(half) +
        " bytes of one picture cross (layers-145.cfg:294-299).";
    }
    return words[reads(i)];
  }

  function readerWords(i) {
    if (isHead(i)) return "Nobody reads it: its values are the scores of the classes.";
    const next = steps[i + 1].name;
    return "own edge".includes(reads(i + 1))
      ? "It is read by " + next + ", tower by tower."
      : "It is read by " + next + ", by both towers.";
  }

  const recipe = (layer) => does(layer) + (layer.activation === "relu" ? ", then ReLU" : "");

  function does(layer) {
    if (layer.kind === "conv") {
      return layer.filters + " filters of " + layer.kernel + "×" + layer.kernel + ", stride " + layer.stride +
        ", padding " + layer.padding + (layer.groups > 1 ? ", " + layer.groups + " groups" : "");
    }
    if (layer.kind === "pool") return "maximum of " + layer.kernel + "×" + layer.kernel + ", stride " + layer.stride;
    if (layer.kind === "lrn") return "window of " + layer.n + " channels, k " + layer.k + ", alpha " + ui.short(layer.alpha) + ", beta " + layer.beta;
    if (layer.kind === "dense") return ui.whole(layer.units) + " units, each reads all values";
    if (layer.kind === "dropout") return "drops each value with probability " + layer.rate + " in training";
    return "all values in one row";
  }

  // ---- The towers --------------------------------------------------------------------------------

  function addRadios() {
    const map = byId("explorer-map");
    network.layers.forEach((layer, i) => {
      const label = document.createElement("label");
      label.style.top = (i + 1) * ROW + "px";
      const input = Object.assign(document.createElement("input"),
        { type: "radio", name: "explorer-layer", value: layer.name, checked: i === chosen });
      input.addEventListener("change", () => { chosen = i; takeLayer(); });
      const name = Object.assign(document.createElement("span"), { textContent: layer.name });
      label.append(input, name);
      map.append(label);
    });
  }

  // Middle, width and height of the boxes of a layer; -1 is the picture.
  function boxes(i, width) {
    const room = width - NAMES;
    const at = (share) => NAMES + share * room;
    const tall = (pixels) => 8 + 18 * Math.sqrt(pixels / side);
    if (i < 0) return [{ x: at(0.43), width: 30, height: 30, text: size(network.input_shape) }];
    const shape = steps[i].output_shape;
    const channels = shape[shape.length - 1];
    const most = shape.length === 3 ? 384 : 9216;
    const wide = (share) => Math.max(8, Math.sqrt(share / most) * room * 0.34);
    const height = shape.length === 3 ? tall(shape[0]) : 10;
    if (isHead(i)) return [{ x: at(0.43), width: wide(channels), height, text: ui.whole(channels) }];
    const half = { width: wide(channels / 2), height, text: ui.whole(channels / 2) };
    return [{ ...half, x: at(0.2) }, { ...half, x: at(0.66) }];
  }

  function drawWires(svg, width, i) {
    const above = boxes(i - 1, width);
    const below = boxes(i, width);
    const y = (row) => (row + 1.5) * ROW;
    const crossing = reads(i) === "both" || reads(i) === "picture" || below.length !== above.length;
    above.forEach((from, s) => below.forEach((to, t) => {
      if (s !== t && !crossing) return;
      const used = i === chosen;
      ui.draw(svg, "line", { x1: from.x, y1: y(i - 1) + from.height / 2, x2: to.x,
        y2: y(i) - to.height / 2, class: used ? "wire used" : "wire" });
    }));
  }

  function drawBoxes(svg, width, i) {
    boxes(i, width).forEach((box, tower) => {
      const y = (i + 1.5) * ROW;
      const single = i < 0 || isHead(i);
      const colour = i < 0 ? "soft" : single || tower === 0 ? "a" : "b";
      ui.draw(svg, "rect", { x: box.x - box.width / 2, y: y - box.height / 2, width: box.width,
        height: box.height, rx: 2, class: colour });
      if (i === chosen) {
        ui.draw(svg, "rect", { x: box.x - box.width / 2 - 3, y: y - box.height / 2 - 3, rx: 3,
          width: box.width + 6, height: box.height + 6, class: "mark" });
      }
      const aside = box.x + box.width / 2 + 6;
      ui.draw(svg, "text", { x: aside, y: y + 4, class: "small" }, box.text);
    });
  }

  // ReLU as a bent line in a circle, on the way to the next layer.
  function drawBend(svg, width, i) {
    if (network.layers[i].activation !== "relu") return;
    boxes(i, width).forEach((box) => {
      const y = (i + 2) * ROW;
      ui.draw(svg, "circle", { cx: box.x, cy: y, r: 6, class: "ground" });
      ui.draw(svg, "path", { d: "M" + (box.x - 4) + " " + (y + 2) + "h4l3.5 -4.5", class: "bend" });
    });
  }

  function drawMap() {
    const svg = byId("explorer-map").querySelector("svg");
    const width = ui.blank(svg, ROW * (steps.length + 1));
    ui.draw(svg, "text", { x: 5, y: ROW / 2 + 4, class: "small" }, "picture");
    for (let i = 0; i < steps.length; i += 1) drawWires(svg, width, i);
    for (let i = -1; i < steps.length; i += 1) drawBoxes(svg, width, i);
    for (let i = 0; i < steps.length; i += 1) drawBend(svg, width, i);
  }

  // ---- The receptive field -----------------------------------------------------------------------

  // Positions of a layer along one side, or 0 where a value looks at everything.
  function positions(i) {
    const shape = steps[i].output_shape;
    if (shape.length === 3) return shape[0];
    return steps[i].kind === "flatten" ? positions(i - 1) : 0;
  }

  function span(i, position) {
    if (positions(i) === 0) return { first: 0, last: side - 1 };
    const first = steps[i].start + position * steps[i].jump;
    return { first, last: first + steps[i].receptive_field - 1 };
  }

  function fieldWords(i) {
    if (positions(i) === 0) {
      return "One value of " + steps[i].name + " looks at the whole picture, " + side + "×" + side + " pixels.";
    }
    const rows = span(i, Number(slider.row.value));
    const columns = span(i, Number(slider.column.value));
    const field = steps[i].receptive_field;
    const inside = [rows, columns].map((s) => Math.min(side - 1, s.last) - Math.max(0, s.first) + 1);
    const out = field * field - inside[0] * inside[1];
    return "One value of " + steps[i].name + " looks at " + field + "×" + field + " pixels; its neighbour's square lies " +
      ui.plural(steps[i].jump, "pixel") + " further. The value in row " + (Number(slider.row.value) + 1) + ", column " + (Number(slider.column.value) + 1) +
      " looks at rows " + rows.first + " to " + rows.last + " and columns " + columns.first + " to " +
      columns.last + (out ? "; " + ui.whole(out) + " of these places lie outside the picture." : ", all inside the picture.");
  }

  function drawPicture(svg) {
    ui.draw(svg, "image", { x: MARGIN, y: MARGIN, width: side, height: side, href: flower.picture });
    ui.draw(svg, "rect", { x: MARGIN, y: MARGIN, width: side, height: side, class: "line" });
    ui.draw(svg, "text", { x: MARGIN + 4, y: MARGIN - 6 }, side + "×" + side + " pixels");
  }

  // The value whose square has its middle nearest to where the pointer is.
  function point(event) {
    const n = positions(chosen);
    if (n === 0 || (event.type === "pointermove" && event.buttons !== 1)) return;
    const box = byId("explorer-square").firstElementChild.getBoundingClientRect();
    const { start, jump, receptive_field: field } = steps[chosen];
    const nearest = (share) => {
      const pixel = share * (side + 2 * MARGIN) - MARGIN;
      return Math.min(n - 1, Math.max(0, Math.round((pixel - start - field / 2) / jump)));
    };
    slider.column.value = nearest((event.clientX - box.left) / box.width);
    slider.row.value = nearest((event.clientY - box.top) / box.height);
    drawField();
  }

  function drawField() {
    const svg = byId("explorer-square").firstElementChild;
    svg.replaceChildren();
    drawPicture(svg);
    const rows = span(chosen, Number(slider.row.value));
    const columns = span(chosen, Number(slider.column.value));
    ["around", "mark"].forEach((name) => ui.draw(svg, "rect", { x: columns.first + MARGIN,
      y: rows.first + MARGIN, width: columns.last - columns.first + 1, height: rows.last - rows.first + 1,
      class: name }));
    const words = fieldWords(chosen);
    svg.setAttribute("aria-label", "A photograph of a flower, " + side + " by " + side + " pixels, with the receptive field as a frame. " + words);
    ui.say(byId("explorer-field"), words);
    ["row", "column"].forEach((name) => {
      const n = positions(chosen);
      ui.show(slider[name], n ? Number(slider[name].value) + 1 + " of " + n : "–");
    });
  }

  // ---- All together ------------------------------------------------------------------------------

  function showNumbers() {
    const step = steps[chosen];
    const values = {
      recipe: recipe(network.layers[chosen]),
      output: size(step.output_shape),
      parameters: ui.whole(step.parameters) + (step.parameters ? " (" + ui.bytes(4 * step.parameters) + ")" : ""),
      macs: ui.whole(step.macs),
      memory: ui.bytes(step.activation_bytes),
      sees: step.receptive_field + "×" + step.receptive_field + " pixels",
    };
    Object.entries(values).forEach(([name, text]) => { byId("explorer-" + name).textContent = text; });
    ui.say(byId("explorer-summary"), step.name + ": " + values.output + ", " + ui.whole(step.parameters) +
      " parameters, " + values.macs + " multiply-adds.");
    ui.say(byId("explorer-reads"), sourceWords(chosen) + " " + readerWords(chosen));
  }

  function takeLayer() {
    const n = positions(chosen);
    Object.values(slider).forEach((control) => {
      control.disabled = n === 0;
      control.max = Math.max(0, n - 1);
      control.value = Math.floor(n / 2);
    });
    showNumbers();
    drawMap();
    drawField();
  }

  addRadios();
  Object.values(slider).forEach((control) => control.addEventListener("input", drawField));
  const square = byId("explorer-square").firstElementChild;
  square.addEventListener("pointerdown", (event) => { square.setPointerCapture(event.pointerId); point(event); });
  square.addEventListener("pointermove", point);
  ui.onWidth(byId("explorer-map"), drawMap);
  takeLayer();
})();
