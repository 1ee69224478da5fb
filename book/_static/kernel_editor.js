// The playground "Kernel editor" of the chapter on convolution. The arithmetic is in formulas.js, the
// picture in photograph.js.
"use strict";

(function () {
  const { formulas, photograph, ui } = globalThis.alexnet;
  const byId = (id) => document.getElementById("kernel-editor-" + id);
  const field = byId("form").elements;
  const PRESETS = {
    "brighter to the right": [-1, 0, 1, -1, 0, 1, -1, 0, 1],
    "brighter downwards": [-1, -1, -1, 0, 0, 0, 1, 1, 1],
    "a bright dot": [-1, -1, -1, -1, 8, -1, -1, -1, -1],
    "the mean of nine": Array(9).fill(1 / 9),
    sharper: [0, -1, 0, -1, 5, -1, 0, -1, 0],
    "the picture itself": [0, 0, 0, 0, 1, 0, 0, 0, 0],
  };
  const OWN = "weights of your own";
  const ORANGE = [179, 88, 6]; // the ends of the book's signed maps; zero is white
  const PURPLE = [84, 39, 136];

  const { width, height } = photograph;
  const picture = { width, height, values: ui.unpack(photograph.grey) };
  let kernel = [...PRESETS["brighter to the right"]];
  let map;

  // Weights with at most three digits, so that a ninth looks like one.
  const shown = (x) => Number(x.toFixed(3));
  const sum = () => kernel.reduce((total, x) => total + x, 0);

  // ---- Pictures ----------------------------------------------------------------------------------

  function paint(canvas, size, colour) {
    const context = canvas.getContext("2d");
    const image = context.createImageData(size, size);
    for (let i = 0; i < size * size; i += 1) image.data.set([...colour(i), 255], 4 * i);
    context.putImageData(image, 0, 0);
  }

  // Answers whose weights add up to 1 are brightnesses; all others are a matter of sign.
  const isPicture = () => Math.abs(sum() - 1) < 1e-9;

  // The size from which on a colour is full: one answer in a hundred is larger.
  function full() {
    const sizes = map.values.map(Math.abs).sort();
    return sizes[Math.floor(0.99 * sizes.length)] || 1;
  }

  function paintMap() {
    const { values } = map;
    const most = full();
    const signed = (i) => {
      const share = Math.min(1, Math.abs(values[i]) / most);
      return (values[i] < 0 ? ORANGE : PURPLE).map((end) => 255 + share * (end - 255));
    };
    paint(byId("map").firstElementChild, map.width,
      isPicture() ? (i) => [values[i], values[i], values[i]] : signed);
  }

  // A frame around the window on both pictures; on the map it is a ring around one answer.
  function frame(row, column) {
    const [onPhoto, onMap] = ["photo", "map"].map((id) => byId(id).lastElementChild);
    onPhoto.replaceChildren();
    onMap.replaceChildren();
    onPhoto.setAttribute("viewBox", "0 0 " + width + " " + height);
    onMap.setAttribute("viewBox", "0 0 " + map.width + " " + map.height);
    ["under", "mark"].forEach((kind) => {
      ui.draw(onPhoto, "rect", { x: column - 4, y: row - 4, width: 11, height: 11, class: kind });
      ui.draw(onMap, "circle", { cx: column + 0.5, cy: row + 0.5, r: 6, class: kind });
    });
  }

  // ---- Nine products and a sum -------------------------------------------------------------------

  function showProducts(row, column) {
    byId("products").replaceChildren(...[0, 1, 2].map((u) => {
      const line = document.createElement("tr");
      [0, 1, 2].forEach((v) => {
        const pixel = picture.values[(row + u) * width + column + v];
        line.insertCell().textContent = pixel + " × " + ui.signed(shown(kernel[3 * u + v]));
      });
      return line;
    }));
  }

  function inWords(row, column) {
    const answer = map.values[row * map.width + column];
    const [least, most] = map.values.reduce(([low, high], x) => [Math.min(low, x), Math.max(high, x)],
      [Infinity, -Infinity]);
    const colour = isPicture() ? "a brightness" : answer > 0 ? "purple" : answer < 0 ? "orange" : "white";
    return "At row " + row + ", column " + column + " the nine products add up to " +
      ui.signed(shown(answer)) + ", " + colour + ". The weights add up to " + ui.signed(shown(sum())) +
      ": so many times its brightness is the answer to an even patch. The map goes from " +
      ui.signed(Math.round(least)) + " to " + ui.signed(Math.round(most)) + ".";
  }

  // ---- All together ------------------------------------------------------------------------------

  const inputs = () => [...byId("weights").children];
  const place = () => [Number(field.row.value), Number(field.column.value)];

  function look() {
    const [row, column] = place();
    ui.show(field.row, String(row));
    ui.show(field.column, String(column));
    frame(row, column);
    showProducts(row, column);
    const words = inWords(row, column);
    ui.say(byId("words"), words);
    byId("map").firstElementChild.setAttribute("aria-label", "The map of the flower. " + words);
  }

  function lay() {
    map = formulas.correlate(picture, kernel);
    const name = Object.keys(PRESETS).find((key) => PRESETS[key].every((x, i) => x === kernel[i]));
    field.preset.value = name || OWN;
    byId("caption").textContent = isPicture() ? "Map: answers as brightness" : "Map: +\u00a0purple, −\u00a0orange";
    paintMap();
    look();
  }

  function set(weights) {
    kernel = weights;
    inputs().forEach((input, i) => { input.value = shown(kernel[i]); });
    lay();
  }

  function makeWeights() {
    kernel.forEach((_, i) => {
      const input = Object.assign(document.createElement("input"), { type: "number", step: "any", required: true });
      input.id = "kernel-editor-weight-" + i;
      input.setAttribute("aria-label", "Weight in row " + Math.floor(i / 3) + ", column " + (i % 3));
      byId("weights").append(input);
    });
  }

  // An empty field or half a number counts as 0 until it is one.
  function typed(event) {
    const i = inputs().indexOf(event.target);
    if (i < 0) { look(); return; }
    const value = Number(event.target.value);
    event.target.setAttribute("aria-invalid", String(event.target.value === "" || !Number.isFinite(value)));
    kernel = kernel.map((x, j) => (j === i ? value || 0 : x));
    lay();
  }

  function point(event) {
    if (event.type === "pointermove" && event.pointerType !== "mouse") return;
    const box = event.currentTarget.getBoundingClientRect();
    const at = (x, size) => Math.floor((x / size) * height) - 1; // the window's middle is pointed at
    field.row.value = at(event.clientY - box.top, box.height);
    field.column.value = at(event.clientX - box.left, box.width);
    look();
  }

  ui.options(field.preset, [...Object.keys(PRESETS), OWN].map((name) => [name, name]));
  makeWeights();
  paint(byId("photo").firstElementChild, width, (i) => Array(3).fill(picture.values[i]));
  byId("form").addEventListener("submit", (event) => event.preventDefault());
  byId("form").addEventListener("input", typed);
  field.preset.addEventListener("change", () => {
    if (PRESETS[field.preset.value]) set([...PRESETS[field.preset.value]]);
  });
  byId("signs").addEventListener("click", () => set(kernel.map((x) => 0 - x)));
  byId("quarter").addEventListener("click", () => set([6, 3, 0, 7, 4, 1, 8, 5, 2].map((i) => kernel[i])));
  ["photo", "map"].forEach((id) => ["pointerdown", "pointermove"].forEach((name) => {
    byId(id).addEventListener(name, point);
  }));
  set(kernel);
})();
