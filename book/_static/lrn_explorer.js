// The page "LRN explorer". The arithmetic is in lrn.js.
"use strict";

(function () {
  const { lrn, ui } = globalThis.alexnet;
  const byId = (id) => document.getElementById(id);
  const form = byId("lrn-form");
  const field = form.elements;
  const HEIGHT = 306;

  // Where the sliders begin, and examples that show one thing each.
  const EXAMPLES = {
    loud: { title: "One loud channel among quiet ones", a: [20, 20, 20, 20, 20, 150, 20, 20, 20, 20, 20, 20],
      n: 5, k: 2, alpha: 1e-4, beta: 0.75 },
    chapter: { title: "The eight numbers of the chapter", a: [1, 2, 3, 4, 5, 6, 7, 8],
      n: 5, k: 0, alpha: 1, beta: 1 },
    equal: { title: "All channels alike", a: Array(12).fill(100), n: 5, k: 2, alpha: 1e-4, beta: 0.75 },
    silent: { title: "A silent half", a: [0, 0, 0, 0, 0, 0, 80, 80, 80, 80, 80, 80],
      n: 5, k: 2, alpha: 1e-4, beta: 0.75 },
  };
  // Alpha moves over six powers of ten, so its slider counts places in this list.
  const ALPHAS = [];
  for (let power = -6; power < 0; power += 1) {
    [1, 2, 5].forEach((digit) => ALPHAS.push(Number(digit + "e" + power)));
  }
  ALPHAS.push(1);
  const SYSTEMS = [
    ["paper", "the paper's formula"], ["cuda-convnet", "cuda-convnet"], ["caffe", "Caffe"],
    ["pytorch", "PyTorch"], ["tensorflow", "TensorFlow"],
    [lrn.MISTAKE, "TensorFlow, radius = n (a mistake)"],
  ];

  let a; // the activations
  let pulling = false; // whether a bar is being pulled

  const alpha = () => ALPHAS[Number(field.alpha.value)];
  const constants = () => ({ n: Number(field.n.value), k: Number(field.k.value), alpha: alpha(),
    beta: Number(field.beta.value) });
  const channel = () => Number(field.channel.value);

  function takeExample() {
    const example = EXAMPLES[field.example.value];
    a = [...example.a];
    field.n.value = example.n;
    field.k.value = example.k;
    field.alpha.value = ALPHAS.indexOf(example.alpha);
    field.beta.value = example.beta;
    field.channel.max = a.length - 1;
    field.activation.max = a.length === 8 ? 20 : 200;
    choose(Math.min(a.length - 1, field.example.value === "loud" ? 5 : 3));
  }

  function choose(i) {
    field.channel.value = i;
    field.activation.value = a[i];
    render();
  }

  // The paper's constants of what the chosen system computes, or why it refuses.
  function meant(system) {
    try {
      return { constants: lrn.effective(system, constants()), problem: null };
    } catch (error) {
      return { constants: null, problem: error.message };
    }
  }

  // ---- In words ----------------------------------------------------------------------------------

  // An alpha as the paper writes it: 0.0001.
  const plain = (value) => String(Number(value.toPrecision(4)));

  // What part of the activation is left, where there is one.
  function kept(d) {
    const share = 100 / d.divisor;
    return Number.isFinite(share) ? "; " + (share < 0.1 || share >= 1000 ? ui.short(share)
      : Number(share.toFixed(1))) + " % of it " + (share <= 100 ? "is left" : "comes out") : "";
  }

  function inWords(i, c) {
    const d = lrn.detail(a, i, c);
    const span = d.first === d.last ? "channel " + d.first : "channels " + d.first + " to " + d.last;
    const start = "Channel " + i + " has the activation " + ui.short(a[i]) + ". Its window is " + span +
      ", with the sum of squares " + ui.short(d.sum) + ". ";
    if (Number.isNaN(d.result)) {
      return start + "With k = 0 and only zeros in the window, the formula divides 0 by 0: the " +
        "result is not a number. This is one reason for a k above 0.";
    }
    return start + ui.short(c.k) + " + " + plain(c.alpha) + " · " + ui.short(d.sum) + " = " +
      ui.short(d.base) + "; to the power " + ui.short(c.beta) + " that is " + ui.short(d.divisor) +
      ". The result is " + ui.short(a[i]) + " / " + ui.short(d.divisor) + " = " +
      ui.short(d.result) + kept(d) + ".";
  }

  function call(system) {
    const c = constants();
    if (system === lrn.MISTAKE) return "depth_radius=" + c.n + ", bias=" + c.k;
    const names = lrn.CONVENTIONS[system].names;
    const size = system === "tensorflow" ? (c.n - 1) / 2 : c.n;
    return names[0] + "=" + size + ", " + names[1] + "=" + c.k;
  }

  function showSystems() {
    const body = byId("lrn-systems");
    body.replaceChildren();
    SYSTEMS.forEach(([system, title]) => {
      const row = body.insertRow();
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = title;
      row.append(head);
      if (system === field.system.value) row.className = "chosen";
      const { constants: c, problem } = meant(system);
      row.insertCell().append(Object.assign(document.createElement("code"),
        { textContent: problem ? "–" : call(system) }));
      row.insertCell().textContent = problem ? "needs an odd n" : plain(c.alpha);
      row.insertCell().textContent = problem ? "–" : ui.short(lrn.detail(a, channel(), c).result);
    });
  }

  // ---- The bars ----------------------------------------------------------------------------------

  const PLOT = { left: 6, top: 14, height: 118 }; // activations before and after, on one scale
  const BELOW = { top: 216, height: 66 }; // what each channel is divided by
  let largest = 1; // the scale of the activations, kept while a bar is pulled

  // As few digits as a narrow bar has room for.
  function compact(value) {
    const size = Math.abs(value);
    if (Number.isNaN(value)) return "?";
    if (size === 0) return "0";
    if (size < 0.01) return value.toExponential(0);
    return String(Number(value.toPrecision(size >= 100 ? 3 : 2))).replace(/^0\./, ".");
  }

  const number = (value, step) => (step < 44 || Number.isNaN(value) ? compact(value) : ui.short(value));
  const middle = (i, step) => PLOT.left + (i + 0.5) * step;

  // A bar, as far as its value is finite.
  function bar(svg, i, step, foot, height, name) {
    const size = Number.isFinite(height) ? Math.max(1, height) : 1;
    ui.draw(svg, "rect", { x: middle(i, step) - step * 0.38, y: foot - size, width: step * 0.76,
      height: size, class: name });
    return foot - size;
  }

  // Before as an outline, after as the filled part of it.
  function drawActivations(svg, step, result, seen) {
    const foot = PLOT.top + PLOT.height;
    const high = (value) => (value / largest) * (PLOT.height - 16);
    a.forEach((value, i) => {
      const inside = i >= seen.first && i <= seen.last;
      const top = bar(svg, i, step, foot, high(value), "before");
      bar(svg, i, step, foot, high(result[i]), i === channel() ? "after marked" : inside ? "after a" : "after soft");
      ui.draw(svg, "text", { x: middle(i, step), y: top - 4, class: "small middle" }, number(value, step));
      ui.draw(svg, "text", { x: middle(i, step), y: foot + 14, class: "small middle strong" }, number(result[i], step));
    });
    ui.draw(svg, "line", { x1: PLOT.left, x2: PLOT.left + a.length * step, y1: foot, y2: foot, class: "line" });
  }

  // The window of the chosen channel, as a bracket between the two rows of bars.
  function drawWindow(svg, width, step, seen) {
    const y = PLOT.top + PLOT.height + 26;
    const [x1, x2] = [PLOT.left + seen.first * step, PLOT.left + (seen.last + 1) * step];
    ui.draw(svg, "path", { d: "M" + x1 + " " + (y - 5) + "V" + y + "H" + x2 + "V" + (y - 5), class: "mark" });
    ui.draw(svg, "text", { x: Math.min(Math.max((x1 + x2) / 2, 66), width - 66), y: y + 15,
      class: "small middle" }, "window of channel " + channel());
  }

  function drawDivisors(svg, step, divisors, seen) {
    const foot = BELOW.top + BELOW.height;
    const most = Math.max(1e-12, ...divisors.filter(Number.isFinite));
    ui.draw(svg, "text", { x: PLOT.left, y: BELOW.top - 14, class: "small" },
      "What each channel is divided by");
    divisors.forEach((value, i) => {
      const inside = i >= seen.first && i <= seen.last;
      const top = bar(svg, i, step, foot, (value / most) * (BELOW.height - 14),
        i === channel() ? "divisor marked" : inside ? "divisor a" : "divisor soft");
      ui.draw(svg, "text", { x: middle(i, step), y: top - 3, class: "small middle" }, number(value, step));
      ui.draw(svg, "text", { x: middle(i, step), y: HEIGHT - 6, class: "small middle" }, i);
    });
    ui.draw(svg, "line", { x1: PLOT.left, x2: PLOT.left + a.length * step, y1: foot, y2: foot, class: "line" });
  }

  function drawBars(c) {
    const svg = byId("lrn-bars").firstElementChild;
    const width = ui.blank(svg, HEIGHT);
    const step = (width - 2 * PLOT.left) / a.length;
    const all = a.map((_, i) => lrn.detail(a, i, c));
    const seen = all[channel()];
    const result = all.map((one) => one.result);
    if (!pulling) largest = Math.max(1, ...a, ...result.filter(Number.isFinite));
    drawActivations(svg, step, result, seen);
    drawWindow(svg, width, step, seen);
    drawDivisors(svg, step, all.map((one) => one.divisor), seen);
  }

  function at(event) {
    const box = byId("lrn-bars").getBoundingClientRect();
    const i = Math.floor(((event.clientX - box.left - PLOT.left) / (box.width - 2 * PLOT.left)) * a.length);
    const value = (largest * (PLOT.top + PLOT.height - (event.clientY - box.top))) / (PLOT.height - 16);
    return { i: Math.min(a.length - 1, Math.max(0, i)), value };
  }

  // With a mouse, pulling a bar changes it; a finger that moves may want to scroll, so it only picks.
  function pointer(event) {
    const { i, value } = at(event);
    if (event.type === "pointermove" && event.pointerType !== "mouse") return;
    if (event.type === "pointerdown" && event.pointerType === "mouse") svg.setPointerCapture(event.pointerId);
    const pulled = event.pointerType === "mouse" && event.buttons === 1 &&
      event.clientY - byId("lrn-bars").getBoundingClientRect().top < PLOT.top + PLOT.height + 10;
    pulling = pulled;
    if (pulled) {
      const most = Number(field.activation.max);
      a[i] = Math.min(most, Math.max(0, Math.round(value * 2) / 2));
    }
    if (pulled || i !== channel()) choose(i);
  }

  // ---- All together ------------------------------------------------------------------------------

  function render() {
    const c = constants();
    const show = (name, text) => {
      byId("lrn-" + name + "-value").textContent = text;
      field[name].setAttribute("aria-valuetext", text);
    };
    show("n", ui.plural(c.n, "channel"));
    show("k", ui.short(c.k));
    show("alpha", plain(c.alpha));
    show("beta", ui.short(c.beta));
    show("channel", String(channel()));
    show("activation", ui.short(a[channel()]));
    const { constants: effective, problem } = meant(field.system.value);
    ui.say(byId("lrn-problem"), problem || "");
    const drawn = effective || c;
    const words = problem
      ? "The picture shows the paper's formula instead. " + inWords(channel(), drawn)
      : inWords(channel(), drawn);
    drawBars(drawn);
    byId("lrn-bars").firstElementChild.setAttribute("aria-label",
      a.length + " channels as bars, before and after the normalisation. " + words);
    ui.say(byId("lrn-words"), words);
    showSystems();
  }

  ui.options(field.example, Object.entries(EXAMPLES).map(([name, x]) => [name, x.title]));
  ui.options(field.system, SYSTEMS);
  field.alpha.max = ALPHAS.length - 1;
  form.addEventListener("submit", (event) => event.preventDefault());
  field.example.addEventListener("change", takeExample);
  byId("lrn-reset").addEventListener("click", takeExample);
  form.addEventListener("input", (event) => {
    if (event.target.name === "example") return;
    if (event.target.name === "channel") { choose(channel()); return; }
    if (event.target.name === "activation") a[channel()] = Number(field.activation.value);
    render();
  });
  const svg = byId("lrn-bars").firstElementChild;
  svg.addEventListener("pointerdown", pointer);
  svg.addEventListener("pointermove", pointer);
  svg.addEventListener("pointerup", () => { pulling = false; render(); });
  ui.onWidth(byId("lrn-bars"), render);
  takeExample();
})();
