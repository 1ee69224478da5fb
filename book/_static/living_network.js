// The page "The living network": a reader's picture goes through AlexNet, in the browser alone. The
// arithmetic is in alexnet.js, cutting in pixels.js, painting in living_draw.js.
"use strict";

(function () {
  const { network: alexnet, pixels: cutting, draw, ui } = globalThis.alexnet;
  const FOLDER = new URL(".", document.currentScript.src).href;
  const PATCH = 64; // pixels of the side of what is covered
  const INK = 280; // pixels of the sheet for a digit, and of the pen
  const PEN = 22;
  const LARGEST = 1024; // pixels of a photograph's side that are read back
  const byId = (id) => document.getElementById("living-" + id);
  const percent = (share) => (100 * share).toFixed(1) + " %";

  const state = { name: null, picture: null, changes: { off: {} }, patch: null, heat: true, asked: null,
    at: null, held: false, rows: [] };
  const isDigits = () => state.name === "digits";

  // ---- Scripts, inserted when they are asked for --------------------------------------------------

  const asked = {};
  function inserted(file) {
    asked[file] ||= new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = FOLDER + file;
      script.onload = done;
      script.onerror = () => { delete asked[file]; failed(new Error(file)); };
      document.head.append(script);
    });
    return asked[file];
  }

  async function network(name) {
    await inserted("weights_" + name + ".js");
    return alexnet.wake(globalThis.alexnet.networks[name]);
  }

  async function examples(name) {
    if (name === "digits") return [];
    await inserted("pictures_" + name + ".js");
    return globalThis.alexnet.pictures[name];
  }

  // ---- Pictures -----------------------------------------------------------------------------------

  // The RGB pixels of a picture in an address that holds it whole.
  async function decoded(address, side) {
    const image = new Image();
    image.src = address;
    await image.decode();
    const context = sheet(side);
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, side, side);
    return Uint8ClampedArray.from({ length: 3 * side * side }, (_, i) => data[4 * Math.floor(i / 3) + (i % 3)]);
  }

  function sheet(side) {
    const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
    return canvas.getContext("2d", { willReadFrequently: true });
  }

  // The pixels that the network sees of a photograph, a frame of the camera or a drawing: shorter
  // side to 256, middle square; what is transparent lies on white.
  function cut(source, width, height) {
    const short = Math.min(width, height), side = Math.min(short, LARGEST), context = sheet(side);
    context.fillStyle = "#fff";
    context.fillRect(0, 0, side, side);
    context.imageSmoothingQuality = "high";
    context.drawImage(source, Math.floor((width - short) / 2), Math.floor((height - short) / 2), short, short,
      0, 0, side, side);
    return cutting.seen(context.getImageData(0, 0, side, side).data, side, state.net.input_shape[0]);
  }

  // Pixels with the patch covered by the mean colour, which the network turns into 0.
  function covered(pixels) {
    if (!state.patch) return pixels;
    const { input_shape: [side, , channels], scale, offset } = state.net;
    const { row, column } = state.patch, out = Float32Array.from(pixels);
    for (let y = Math.max(0, row); y < Math.min(side, row + PATCH); y += 1) {
      for (let x = Math.max(0, column); x < Math.min(side, column + PATCH); x += 1) {
        for (let c = 0; c < channels; c += 1) out[(y * side + x) * channels + c] = -offset[c] / scale[c];
      }
    }
    return out;
  }

  async function takeFile(file) {
    let image;
    try {
      image = await createImageBitmap(file);
    } catch {
      ui.say(byId("problem"), file.name + " is no picture that this browser can read.");
      return;
    }
    if (isDigits()) await choose("flowers", false);
    const pixels = cut(image, image.width, image.height);
    take({ name: file.name, shows: "your photograph", truth: null, from: "nothing of it has left this page",
      pixels, foreign: true });
  }

  // ---- Camera -------------------------------------------------------------------------------------

  let stream = null;
  const REFUSED = { NotAllowedError: "The browser refuses the camera: it was not allowed to this page.",
    NotFoundError: "This machine has no camera that the browser finds." };

  async function openCamera() {
    ui.say(byId("problem"), "");
    if (!navigator.mediaDevices?.getUserMedia) {
      ui.say(byId("problem"), "This browser gives a page of this kind no camera; a photograph from a file goes as well.");
      return;
    }
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch (error) {
      ui.say(byId("problem"), REFUSED[error.name] || "The camera cannot be used (" + error.name + ").");
      return;
    }
    byId("video").srcObject = stream;
    await byId("video").play();
    byId("viewer").hidden = false;
    byId("shoot").focus();
  }

  function closeCamera() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    byId("viewer").hidden = true;
  }

  async function shoot() {
    const video = byId("video");
    if (isDigits()) await choose("flowers", false);
    const pixels = cut(video, video.videoWidth, video.videoHeight);
    closeCamera();
    take({ name: "camera", shows: "your photograph", truth: null, from: "nothing of it has left this page",
      pixels, foreign: true });
  }

  // ---- A digit, drawn with the finger --------------------------------------------------------------

  const ink = { canvas: null, pen: [INK / 2, INK / 2], down: false, last: null };

  function clearInk() {
    const context = sheet(INK);
    context.fillStyle = "#000";
    context.fillRect(0, 0, INK, INK);
    Object.assign(context, { strokeStyle: "#fff", lineWidth: PEN, lineCap: "round", lineJoin: "round" });
    ink.canvas = context;
    ink.last = null;
    readInk();
  }

  function stroke(x, y) {
    const [fromX, fromY] = ink.last || [x, y];
    ink.canvas.beginPath();
    ink.canvas.moveTo(fromX, fromY);
    ink.canvas.lineTo(x + 0.01, y);
    ink.canvas.stroke();
    ink.last = [x, y];
    readInk();
  }

  function readInk() {
    const { data } = ink.canvas.getImageData(0, 0, INK, INK);
    const amount = Float32Array.from({ length: INK * INK }, (_, i) => data[4 * i] / 255);
    const pixels = cutting.boxed(amount, INK, INK);
    take({ name: "digit", shows: "your digit", truth: null, from: "drawn here", pixels: pixels || new Uint8Array(784),
      empty: pixels === null });
  }

  // ---- Through the network -------------------------------------------------------------------------

  function take(picture) {
    state.picture = picture;
    ui.say(byId("from"), picture.shows + ": " + picture.from + ".");
    state.asked = null;
    state.whole = alexnet.run(state.net, picture.pixels);
    compute();
    document.querySelectorAll("#living-thumbs button").forEach((button) =>
      button.setAttribute("aria-pressed", String(button.dataset.name === picture.name)));
  }

  const isChanged = () => Boolean(state.patch || state.changes.lrn || state.changes.tower !== undefined ||
    Object.values(state.changes.off).some((list) => list.length));

  let waiting = false;
  function later() { // a drag asks many times between two frames
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; compute(); });
  }

  function compute() {
    if (!state.picture) return;
    const begun = performance.now();
    state.result = isChanged() ? alexnet.run(state.net, covered(state.picture.pixels), state.changes) : state.whole;
    const { shares } = state.result;
    state.top = shares.indexOf(Math.max(...shares));
    state.heatMap = alexnet.gradCam(state.net, state.result, state.asked ?? state.top);
    if (isChanged()) state.took = performance.now() - begun;
    if (!state.rows.length) buildRows();
    paintAll();
  }

  function paintAll() {
    paintPicture();
    paintShares();
    state.rows.forEach(paintRow);
    showValue();
    byId("says").replaceChildren(...sentence());
    byId("reset").disabled = !isChanged();
  }

  // ---- The picture ---------------------------------------------------------------------------------

  function paintPicture() {
    const canvas = byId("picture"), { pixels } = state.picture, side = state.net.input_shape[0];
    const heat = state.heat && !state.picture.empty ? state.heatMap : null;
    if (isDigits()) {
      canvas.getContext("2d").drawImage(ink.canvas.canvas, 0, 0, canvas.width, canvas.height);
      draw.picture(byId("seen"), pixels, side, heat);
      mark(byId("seen"));
      paintPen(canvas);
      return;
    }
    draw.picture(canvas, covered(pixels), side, heat);
    const context = canvas.getContext("2d"), zoom = canvas.width / side;
    if (state.patch) {
      context.setLineDash([8, 6]);
      outline(context, state.patch.column * zoom, state.patch.row * zoom, PATCH * zoom);
      context.setLineDash([]);
    }
    mark(canvas);
  }

  function outline(context, x, y, side) {
    [["#000", 5], ["#fff", 2.5]].forEach(([strokeStyle, lineWidth]) => {
      Object.assign(context, { strokeStyle, lineWidth });
      context.strokeRect(x, y, side, side);
    });
  }

  function paintPen(canvas) {
    if (document.activeElement !== canvas) return;
    const zoom = canvas.width / INK, context = canvas.getContext("2d");
    Object.assign(context, { strokeStyle: ink.down ? "#fde725" : "#9ab", lineWidth: 3 });
    context.beginPath();
    context.arc(ink.pen[0] * zoom, ink.pen[1] * zoom, (PEN / 2) * zoom, 0, 7);
    context.stroke();
  }

  // Which pixels can change the value that is pointed at: first row and column, and their number.
  function field() {
    if (!state.at) return null;
    let [row, column, side] = [state.at.row, state.at.column, 1];
    for (let i = state.at.layer; i >= 0; i -= 1) {
      const layer = state.net.layers[i];
      if (layer.kind === "dense") return { row: 0, column: 0, side: state.net.input_shape[0] };
      if (!layer.kernel) continue;
      const { before } = alexnet.windows(state.result.steps[i].side, layer);
      [row, column] = [row, column].map((at) => at * layer.stride - before);
      side = (side - 1) * layer.stride + layer.kernel;
    }
    return { row, column, side };
  }

  function mark(canvas) {
    const seen = field(), zoom = canvas.width / state.net.input_shape[0];
    if (seen) outline(canvas.getContext("2d"), seen.column * zoom, seen.row * zoom, seen.side * zoom);
  }

  // ---- The answer ----------------------------------------------------------------------------------

  const classes = () => [...state.net.classes, ...(state.net.none ? ["no digit"] : [])];

  function buildShares() {
    byId("shares").replaceChildren(...classes().map((name, i) => {
      const button = Object.assign(document.createElement("button"), { type: "button", id: "living-class-" + i });
      button.innerHTML = '<span class="living-class"></span><span class="living-bar"><i></i><b></b></span><span class="living-share"></span>';
      button.querySelector(".living-class").textContent = name;
      button.addEventListener("click", () => { state.asked = i; compute(); });
      const item = document.createElement("li");
      item.append(button);
      return item;
    }));
    byId("shares").classList.toggle("many", classes().length > 4);
  }

  function paintShares() {
    const { shares } = state.result;
    classes().forEach((name, i) => {
      const button = byId("class-" + i), empty = state.picture.empty;
      button.querySelector("i").style.width = (empty ? 0 : 100 * shares[i]) + "%";
      button.querySelector("b").style.left = 100 * state.whole.shares[i] + "%";
      button.querySelector("b").hidden = !isChanged();
      button.querySelector(".living-share").textContent = empty ? "–" : percent(shares[i]);
      button.classList.toggle("top", i === state.top && !empty);
      button.setAttribute("aria-pressed", String(i === (state.asked ?? state.top)));
      button.setAttribute("aria-label", name + ", " + percent(shares[i]) + "; show what speaks for it");
    });
  }

  // ---- What is seen, in words ----------------------------------------------------------------------

  // Where most of a map lies, in words.
  function whereabouts({ side, values }) {
    const sum = values.reduce((a, b) => a + b, 0);
    if (!(sum > 0)) return null;
    const mean = (pick) => values.reduce((all, v, i) => all + v * pick(i), 0) / sum / (side - 1);
    const down = mean((i) => Math.floor(i / side)), right = mean((i) => i % side);
    const third = (share, words) => words[share < 0.4 ? 0 : share > 0.6 ? 2 : 1];
    const words = [third(down, ["upper", "", "lower"]), third(right, ["left", "", "right"])].filter(Boolean);
    return words.length ? "in the " + words.join(" ") + " part" : "in the middle";
  }

  const TOWER = (tower) => "tower " + (tower + 1);

  function changesInWords() {
    const { lrn, tower, off } = state.changes, said = [];
    if (lrn === "off") said.push("LRN is off");
    if (lrn === "constant") said.push("every value is divided by 2" + ui.raised(0.75) + " instead of LRN");
    if (tower !== undefined) said.push(TOWER(tower) + " is off");
    const gone = Object.entries(off).filter(([, list]) => list.length);
    gone.forEach(([name, list]) => said.push(ui.plural(list.length, "filter") + " of " + name + " " + (list.length === 1 ? "is" : "are") + " off"));
    if (state.patch) said.push("a square of " + PATCH + " pixels is covered");
    return said.join(", ");
  }

  function sentence() {
    const { picture, top } = state, names = classes(), { shares } = state.result;
    if (picture.empty) return ["Draw a digit: with a finger, the mouse, or the arrow keys and the space bar."];
    const strong = Object.assign(document.createElement("strong"), { textContent: names[top] });
    const rest = [" with " + percent(shares[top]) + ". "];
    if (isDigits()) rest.push("It sees your strokes scaled to 20 pixels and centred by their mass, as MNIST's digits are. ");
    else if (state.name === "drawn" && picture.foreign) {
      rest.push("But this network has seen drawings of bikes and ships only; what it says of a photograph means nothing. ");
    } else if (picture.truth === null) {
      rest.push("On the picture: " + picture.shows + (picture.foreign
        ? ". If it shows none of " + names.join(", ") + ", the network names one of them all the same. "
        : ", which is none of its classes. It has no way to say so: a network always names one of its own. "));
    } else rest.push(picture.truth === top ? "That is right. " : "That is wrong: it is " + picture.shows + ". ");
    const place = whereabouts(state.heatMap), asked = names[state.asked ?? top];
    if (!isDigits()) {
      rest.push(place ? "What speaks for " + asked + " lies mostly " + place + " of the picture. "
        : "Nothing in the last maps speaks for " + asked + ". ");
    }
    if (isChanged()) {
      const was = state.whole.shares;
      rest.push("Changed: " + changesInWords() + "; unchanged, " + names[top] + " had " + percent(was[top]) + ".");
    }
    return ["The network says ", strong, ...rest];
  }

  // ---- The two towers ------------------------------------------------------------------------------

  const towers = () => (state.net.layers.some((layer) => layer.groups === 2) ? 2 : 1);
  const isShown = (layer, i) => !["flatten", "dropout"].includes(layer.kind) && i < state.net.layers.length - 1;

  function reads(layer, i) {
    if (i === 0) return "picture";
    if (layer.kind === "dense" || (layer.kind === "conv" && layer.groups === 1)) return "both";
    return "own";
  }

  function wordsOf(layer, map) {
    const size = map.side > 1 ? map.channels + " maps of " + map.side + "×" + map.side : map.channels + " units";
    const how = { conv: "windows of " + layer.kernel + "×" + layer.kernel, pool: "largest of " + layer.kernel + "×" + layer.kernel,
      lrn: "divided by neighbours", dense: "each reads all values" };
    return size + ", " + how[layer.kind];
  }

  function wires(kind) {
    const lines = { own: [[25, 25], [75, 75]], both: [[25, 25], [75, 75], [25, 75], [75, 25]], picture: [[50, 25], [50, 75]] };
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    Object.entries({ viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true", class: "living-wires " + kind })
      .forEach(([key, value]) => svg.setAttribute(key, value));
    (towers() === 2 ? lines[kind] : [[50, 50]]).forEach(([x1, x2]) => ui.draw(svg, "line",
      { x1, x2, y1: 0, y2: 10, class: towers() === 1 ? "one" : x1 > 50 ? "b" : x1 < 50 ? "a" : "one" }));
    return svg;
  }

  function buildRows() {
    const parts = [];
    state.net.layers.forEach((layer, i) => {
      if (!isShown(layer, i)) return;
      const map = state.result.steps[i + 1], title = document.createElement("p");
      title.className = "living-title";
      title.append(Object.assign(document.createElement("b"), { textContent: layer.name }), " " + wordsOf(layer, map));
      const pair = document.createElement("div");
      pair.className = "living-pair towers-" + towers();
      const row = { layer: i, boxes: [] };
      for (let tower = 0; tower < towers(); tower += 1) row.boxes.push(buildBox(pair, row, layer, map, tower));
      state.rows.push(row);
      parts.push(wires(reads(layer, i)), title, pair);
    });
    byId("maps").replaceChildren(...parts);
    byId("stage").style.minHeight = byId("maps").style.minHeight = "0";
    byId("layer").replaceChildren(...state.rows.map((row) => new Option(state.net.layers[row.layer].name, row.layer)));
  }

  function buildBox(pair, row, layer, map, tower) {
    const place = draw.layout(map, towers(), tower), box = document.createElement("div");
    const canvas = document.createElement("canvas"), frame = document.createElement("i"), dot = document.createElement("b");
    box.className = "living-maps " + (tower ? "b" : "a");
    Object.assign(canvas, { tabIndex: 0, width: place.width, height: place.height });
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", "maps");
    box.append(canvas, frame, dot);
    pair.append(box);
    const at = (event) => {
      const rect = canvas.getBoundingClientRect();
      const found = draw.under(place, (event.clientX - rect.left) / rect.width, (event.clientY - rect.top) / rect.height);
      return found && { layer: row.layer, ...found };
    };
    canvas.addEventListener("pointermove", (event) => { if (!state.held && event.pointerType === "mouse") point(at(event)); });
    canvas.addEventListener("click", (event) => {
      const now = at(event), same = state.held && JSON.stringify(now) === JSON.stringify({ ...state.at, input: undefined });
      state.held = Boolean(now) && !same;
      if (now) point(now);
    });
    canvas.addEventListener("focus", () => { if (!state.held && canvas.matches(":focus-visible")) point({ layer: row.layer, channel: place.first, row: 0, column: 0 }); });
    canvas.addEventListener("keydown", (event) => keyed(event, row, place));
    return { canvas, place, frame, dot, tower };
  }

  const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  function keyed(event, row, place) {
    const turn = { PageDown: 1, PageUp: -1 }[event.key], move = MOVES[event.key];
    if (!turn && !move) return;
    event.preventDefault();
    state.held = true;
    const now = state.at?.layer === row.layer ? { ...state.at } : { layer: row.layer, channel: place.first, row: 0, column: 0 };
    const step = turn || (place.side === 1 ? move[0] * place.columns + move[1] : 0);
    now.channel = Math.min(place.first + place.count - 1, Math.max(place.first, now.channel + step));
    if (move && place.side > 1) {
      now.row = Math.min(place.side - 1, Math.max(0, now.row + move[0]));
      now.column = Math.min(place.side - 1, Math.max(0, now.column + move[1]));
    }
    delete now.input;
    point(now, true);
  }

  function paintRow(row) {
    const map = state.result.steps[row.layer + 1], layer = state.net.layers[row.layer];
    const most = map.values.reduce((a, b) => Math.max(a, b), 0);
    row.boxes.forEach(({ canvas, place, tower }) => {
      draw.maps(canvas, map, place, most, tower, gone(row.layer, map.channels));
      let brightest = place.first, found = -1;
      map.values.forEach((value, i) => {
        const c = i % map.channels;
        if (value > found && c >= place.first && c < place.first + place.count) [found, brightest] = [value, c];
      });
      const whose = towers() === 2 ? TOWER(tower) + " of " : "";
      canvas.setAttribute("aria-label", found > 0
        ? whose + layer.name + ": " + wordsOf(layer, map) + "; the largest value is in " + called(brightest, map.channels, row.layer)
        : whose + layer.name + ": nothing but zeros");
    });
    placeMarks(row);
  }

  // Channels of a map that are switched off: those of the convolution or dense layer behind it.
  function gone(i, channels) {
    const own = state.changes.off[source(i)] || [], { tower } = state.changes;
    if (tower === undefined) return own;
    const half = channels / 2;
    return [...own, ...Array.from({ length: half }, (_, c) => c + tower * half)];
  }

  function source(i) {
    let at = i;
    while (!state.net.layers[at].weights) at -= 1;
    return state.net.layers[at].name;
  }

  function called(channel, channels, i) {
    const half = channels / towers(), word = state.net.layers[i].kind === "dense" ? "unit " : "filter ";
    return word + ((channel % half) + 1) + (towers() === 2 ? " of " + TOWER(Math.floor(channel / half)) : "");
  }

  function placeMarks(row) {
    row.boxes.forEach(({ place, frame, dot }) => {
      const { at } = state, tile = at ? at.channel - place.first : -1;
      const shown = at && at.layer === row.layer && tile >= 0 && tile < place.count;
      frame.hidden = dot.hidden = !shown;
      if (!shown) return;
      const left = (tile % place.columns) * place.step, top = Math.floor(tile / place.columns) * place.step;
      const set = (node, x, y, side) => Object.assign(node.style, { left: (100 * x) / place.width + "%",
        top: (100 * y) / place.height + "%", width: (100 * side) / place.width + "%", height: (100 * side) / place.height + "%" });
      set(frame, left, top, place.side);
      set(dot, left + at.column, top + at.row, 1);
    });
  }

  // ---- One value: its window, its weights, the sum -------------------------------------------------

  function point(at, aloud = false) {
    if (!at) return;
    state.at = at;
    byId("value").setAttribute("aria-live", aloud ? "polite" : "off");
    paintPicture();
    state.rows.forEach(placeMarks);
    showValue();
  }

  // What a value of a convolution or a dense layer adds up: window and weights by input map.
  function addends() {
    const { layer: i, row, column, channel } = state.at, layer = state.net.layers[i], { units, weights } = layer;
    const x = state.result.steps[i];
    let kernel, share, seen;
    if (layer.kind === "dense") {
      const from = state.net.layers[i - 1].kind === "flatten" ? state.result.steps[i - 1] : x;
      [kernel, share, seen] = [from.side, from.channels, Float64Array.from(x.values)];
    } else {
      share = x.channels / layer.groups;
      kernel = layer.kernel;
      const tower = Math.floor(channel / (units / layer.groups));
      seen = alexnet.look(x, layer, alexnet.windows(x.side, layer).before, row, column, tower * share, share,
        new Float64Array(kernel ** 2 * share));
    }
    const own = seen.map((_, j) => weights[j * units + channel]), products = seen.map((value, j) => value * own[j]);
    const byInput = new Float64Array(share);
    products.forEach((product, j) => { byInput[j % share] += product; });
    return { kernel, share, seen, own, products, byInput, bias: layer.bias[channel], first: layer.groups === 2 && channel >= units / 2 ? share : 0 };
  }

  const ofInput = (values, share, c) => Array.from({ length: values.length / share }, (_, j) => values[j * share + c]);
  const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

  function colours() {
    const style = getComputedStyle(byId("value")), get = (name) => style.getPropertyValue(name).trim();
    return { above: get("--living-above"), below: get("--living-below"), mark: get("--try-mark"), line: get("--pst-color-text-muted") };
  }

  function showValue() {
    const { at } = state;
    byId("value").classList.toggle("empty", !at);
    byId("side").classList.toggle("detail", Boolean(at));
    if (!at) return;
    const layer = state.net.layers[at.layer], map = state.result.steps[at.layer + 1];
    const value = map.values[(at.row * map.side + at.column) * map.channels + at.channel];
    const place = map.side > 1 ? ", row " + at.row + ", column " + at.column : "";
    ui.say(byId("value-name"), layer.name + ", " + called(at.channel, map.channels, at.layer) + place);
    fillFields(layer, map);
    const isSum = Boolean(layer.weights);
    byId("window").hidden = layer.kind === "lrn";
    byId("times").hidden = byId("kernel").hidden = byId("equals").hidden = byId("product").hidden = !isSum;
    byId("input-field").hidden = !isSum || at.layer === 0;
    byId("bars").hidden = layer.kind === "pool";
    ui.say(byId("sum"), { conv: showSum, dense: showSum, pool: showPool, lrn: showLrn }[layer.kind](layer, value));
  }

  function showSum(layer) {
    const { kernel, share, seen, own, products, byInput, bias, first } = addends(), { at } = state;
    const input = at.input ?? byInput.indexOf(byInput.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0));
    const of = (values) => ofInput(values, share, input);
    if (at.layer === 0 && share === 3) {
      const { scale, offset } = state.net, zoom = largest(own);
      const three = (values, j, f) => [0, 1, 2].map((c) => f(values[3 * j + c], c));
      draw.paint(byId("window"), kernel, kernel, (x, y) => three(seen, y * kernel + x, (v, c) => (v - offset[c]) / scale[c]));
      draw.paint(byId("kernel"), kernel, kernel, (x, y) => three(own, y * kernel + x, (v) => 127.5 + (127.5 * v) / zoom));
      const all = Array.from({ length: kernel ** 2 }, (_, j) => products[3 * j] + products[3 * j + 1] + products[3 * j + 2]);
      draw.signed(byId("product"), all, kernel, largest(all));
    } else {
      draw.squares(byId("window"), of(seen), kernel, largest(of(seen)), towers() === 2 && share > 1 ? Number(first + input >= state.result.steps[at.layer].channels / 2) : undefined);
      draw.signed(byId("kernel"), of(own), kernel, largest(own));
      draw.signed(byId("product"), of(products), kernel, largest(products));
    }
    draw.bars(byId("bars"), byInput, at.layer === 0 ? -1 : input, colours());
    Object.assign(byId("input"), { max: share, value: input + 1 });
    const plus = products.reduce((a, b) => a + Math.max(0, b), 0), minus = products.reduce((a, b) => a + Math.min(0, b), 0);
    const sum = plus + minus + bias, off = gone(at.layer, layer.units).includes(at.channel);
    const n = ui.short, end = off ? ", but it is switched off: 0." : layer.activation !== "relu" ? "." : sum > 0
      ? "; it is above 0, and ReLU lets it through." : "; ReLU makes it 0.";
    const colour = at.layer || share !== 3 ? "" : " By colour: red " + [...byInput].map(n).join(", green ").replace(/, green ([^,]*)$/, ", blue $1").replaceAll("-", "−") + ".";
    return ui.whole(products.length) + " products: " + n(plus) + " from those above 0, " + n(minus).replace("-", "−") + " from those below, and the bias " +
      n(bias).replace("-", "−") + ", together " + n(sum).replace("-", "−") + end + colour;
  }

  function showPool(layer, value) {
    const { at } = state, x = state.result.steps[at.layer], { before } = alexnet.windows(x.side, layer);
    const seen = alexnet.look({ ...x }, layer, before, at.row, at.column, at.channel, 1, new Float64Array(layer.kernel ** 2));
    draw.squares(byId("window"), seen, layer.kernel, largest(seen), towers() === 2 ? Number(at.channel >= x.channels / 2) : undefined);
    return "The largest of these " + layer.kernel ** 2 + " values: " + ui.short(value) + ".";
  }

  function showLrn(layer, value) {
    const { at } = state, x = state.result.steps[at.layer];
    const from = Math.max(0, at.channel - Math.floor(layer.n / 2)), to = Math.min(x.channels - 1, at.channel + Math.ceil(layer.n / 2) - 1);
    const there = Array.from({ length: to - from + 1 }, (_, j) => x.values[(at.row * x.side + at.column) * x.channels + from + j]);
    draw.bars(byId("bars"), there, at.channel - from, colours());
    const own = there[at.channel - from], n = ui.short, squares = there.reduce((sum, v) => sum + v * v, 0);
    if (state.changes.lrn === "off") return "LRN is off: " + n(own) + " stays as it is.";
    if (state.changes.lrn === "constant") return n(own) + " / " + layer.k + ui.raised(layer.beta) + " = " + n(value) + ", whatever its neighbours are.";
    return n(own) + " and its neighbours at the same place, whose squares add up to " + ui.whole(Math.round(squares)) + ": " + n(own) + " / (" +
      layer.k + " + " + n(layer.alpha) + " × " + ui.whole(Math.round(squares)) + ")" + ui.raised(layer.beta) + " = " + n(value) + ".";
  }

  function fillFields(layer, map) {
    const { at } = state, name = source(at.layer), off = (state.changes.off[name] || []).includes(at.channel);
    byId("layer").value = at.layer;
    Object.assign(byId("filter"), { max: map.channels, value: at.channel + 1 });
    Object.assign(byId("row"), { max: map.side - 1, value: at.row });
    Object.assign(byId("column"), { max: map.side - 1, value: at.column });
    ui.say(byId("switch"), (off ? "Switch on: " : "Switch off: ") + name + ", " + (layer.kind === "dense" ? "unit " : "filter ") + (at.channel + 1));
  }

  function typed() {
    const layer = Number(byId("layer").value), map = state.result.steps[layer + 1];
    const within = (id, least, most) => Math.min(most, Math.max(least, Math.round(Number(byId(id).value)) || 0));
    state.held = true;
    point({ layer, channel: within("filter", 1, map.channels) - 1, row: within("row", 0, map.side - 1),
      column: within("column", 0, map.side - 1) }, true);
  }

  function switchFilter() {
    const name = source(state.at.layer), list = state.changes.off[name] || [], { channel } = state.at;
    state.changes.off[name] = list.includes(channel) ? list.filter((c) => c !== channel) : [...list, channel];
    compute();
  }

  // ---- Choices -------------------------------------------------------------------------------------

  function reset() {
    state.changes = { off: {} };
    state.patch = null;
    byId("lrn").value = "";
    byId("patch").setAttribute("aria-pressed", "false");
    showTowers();
  }

  function showTowers() {
    [0, 1].forEach((tower) => byId("tower-" + tower).setAttribute("aria-pressed", String(state.changes.tower !== tower)));
  }

  async function choose(name, first = true) {
    ui.say(byId("problem"), "");
    byId("app").setAttribute("aria-busy", "true");
    try {
      [state.net, state.examples] = await Promise.all([network(name), examples(name)]);
    } catch (error) {
      ui.say(byId("problem"), error.message + " did not arrive; it belongs beside this page, in the folder _static.");
      return;
    }
    Object.assign(state, { name, rows: [], at: null, held: false, asked: null });
    reset();
    document.querySelectorAll("#living-networks button").forEach((button) =>
      button.setAttribute("aria-pressed", String(button.value === name)));
    byId("app").classList.toggle("digits", isDigits());
    byId("app").classList.toggle("one-tower", towers() === 1);
    byId("picture").setAttribute("aria-label", isDigits()
      ? "Sheet to draw a digit on: arrow keys move the pen, the space bar puts it down and lifts it"
      : "The picture, with what speaks for the answer; with a patch, arrow keys move it");
    buildShares();
    await buildThumbs();
    if (isDigits()) clearInk();
    else if (first) await example(state.examples[0]);
    byId("app").removeAttribute("aria-busy");
  }

  async function buildThumbs() {
    byId("thumbs").replaceChildren(...state.examples.map((one, i) => {
      const button = Object.assign(document.createElement("button"), { type: "button", id: "living-example-" + i });
      button.dataset.name = one.name;
      button.append(Object.assign(new Image(), { src: one.pixels, alt: one.shows, width: 56, height: 56, title: one.shows + " (" + one.from + ")" }));
      button.addEventListener("click", () => example(one));
      return button;
    }));
  }

  async function example(one) {
    ui.say(byId("problem"), "");
    take({ ...one, pixels: await decoded(one.pixels, state.net.input_shape[0]) });
  }

  // ---- Events --------------------------------------------------------------------------------------

  function toggled(id, change) {
    byId(id).addEventListener("click", (event) => {
      const on = event.currentTarget.getAttribute("aria-pressed") !== "true";
      event.currentTarget.setAttribute("aria-pressed", String(on));
      change(on);
    });
  }

  function onPicture(canvas) {
    const place = (event) => {
      const rect = canvas.getBoundingClientRect();
      return [(event.clientX - rect.left) / rect.width, (event.clientY - rect.top) / rect.height];
    };
    const move = (event) => {
      if (!state.net) return;
      const [x, y] = place(event), side = state.net.input_shape[0];
      if (isDigits()) stroke(x * INK, y * INK);
      else if (state.patch) movePatch(y * side - PATCH / 2, x * side - PATCH / 2);
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      ink.last = null;
      move(event);
    });
    canvas.addEventListener("pointermove", (event) => { if (canvas.hasPointerCapture(event.pointerId)) move(event); });
    canvas.addEventListener("pointerup", () => { ink.last = null; });
    canvas.addEventListener("keydown", keyedPicture);
    canvas.addEventListener("blur", () => { ink.down = false; if (state.picture) paintPicture(); });
    canvas.addEventListener("focus", () => { if (state.picture) paintPicture(); });
  }

  function movePatch(row, column) {
    const most = state.net.input_shape[0] - PATCH, within = (at) => Math.min(most, Math.max(0, Math.round(at)));
    state.patch = { row: within(row), column: within(column) };
    later();
  }

  function keyedPicture(event) {
    const [down, right] = MOVES[event.key] || [0, 0];
    if (isDigits() && event.key === " ") ink.down = !ink.down;
    else if (!down && !right) return;
    event.preventDefault();
    if (!isDigits()) {
      if (state.patch) movePatch(state.patch.row + 8 * down, state.patch.column + 8 * right);
      return;
    }
    ink.last = [...ink.pen];
    ink.pen = [ink.pen[0] + 12 * right, ink.pen[1] + 12 * down].map((at) => Math.min(INK - PEN, Math.max(PEN, at)));
    if (ink.down) stroke(...ink.pen);
    else paintPicture();
  }

  function begin() {
    byId("network-digits").hidden = !globalThis.alexnet.recorded.names.includes("digits");
    document.querySelectorAll("#living-networks button").forEach((button) =>
      button.addEventListener("click", () => choose(button.value)));
    toggled("heat", (on) => { state.heat = on; paintPicture(); });
    toggled("patch", (on) => {
      const middle = (state.net.input_shape[0] - PATCH) / 2;
      state.patch = on ? { row: middle, column: middle } : null;
      compute();
    });
    byId("lrn").addEventListener("change", () => {
      state.changes.lrn = byId("lrn").value || undefined;
      compute();
    });
    [0, 1].forEach((tower) => byId("tower-" + tower).addEventListener("click", () => {
      state.changes.tower = state.changes.tower === tower ? undefined : tower;
      showTowers();
      compute();
    }));
    byId("reset").addEventListener("click", () => { reset(); compute(); });
    byId("clear").addEventListener("click", clearInk);
    byId("switch").addEventListener("click", switchFilter);
    byId("close").addEventListener("click", () => {
      Object.assign(state, { at: null, held: false });
      paintAll();
    });
    ["layer", "filter", "row", "column"].forEach((id) => byId(id).addEventListener("change", typed));
    byId("input").addEventListener("change", () => {
      point({ ...state.at, input: Math.min(byId("input").max, Math.max(1, Number(byId("input").value) || 1)) - 1 }, true);
    });
    byId("file").addEventListener("change", () => { if (byId("file").files[0]) takeFile(byId("file").files[0]); });
    byId("camera").addEventListener("click", openCamera);
    byId("shoot").addEventListener("click", shoot);
    byId("leave").addEventListener("click", closeCamera);
    const app = byId("app");
    app.addEventListener("dragover", (event) => { event.preventDefault(); app.classList.add("over"); });
    app.addEventListener("dragleave", () => app.classList.remove("over"));
    app.addEventListener("drop", (event) => {
      event.preventDefault();
      app.classList.remove("over");
      if (event.dataTransfer.files[0]) takeFile(event.dataTransfer.files[0]);
    });
    onPicture(byId("picture"));
    choose("flowers");
  }

  globalThis.alexnet.living = { state, choose, takeFile, network, examples, decoded, percent, whereabouts };
  if (byId("app")) begin();
})();
