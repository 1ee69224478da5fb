// The page "LRN explorer". The arithmetic is in lrn.js.
"use strict";

(function () {
  const { lrn, ui } = globalThis.alexnet;
  const byId = (id) => document.getElementById(id);
  const form = byId("lrn-form");
  const field = form.elements;
  const HEIGHT = 320;

  // Where the sliders begin, and examples that show one thing each.
  const EXAMPLES = {
    chapter: { title: "The eight numbers of the chapter", a: [1, 2, 3, 4, 5, 6, 7, 8],
      n: 5, k: 0, alpha: 1, beta: 1 },
    loud: { title: "One loud channel among quiet ones", a: [20, 20, 20, 20, 20, 150, 20, 20, 20, 20, 20, 20],
      n: 5, k: 2, alpha: 1e-4, beta: 0.75 },
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
    choose(Math.min(a.length - 1, field.example.value === "loud" ? 4 : 3));
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

  function inWords(i, c) {
    const d = lrn.detail(a, i, c);
    const span = d.first === d.last ? "channel " + d.first : "channels " + d.first + " to " + d.last;
    const start = "Channel " + i + " has the activation " + ui.short(a[i]) + ". Its window is " + span +
      ", with the sum of squares " + ui.short(d.sum) + ". ";
    if (Number.isNaN(d.result)) {
      return start + "With k = 0 and only zeros in the window, the formula divides 0 by 0: the " +
        "result is not a number. This is one reason for a k above 0.";
    }
    return start + ui.short(c.k) + " + " + ui.short(c.alpha) + " · " + ui.short(d.sum) + " = " +
      ui.short(d.base) + "; to the power " + ui.short(c.beta) + " that is " + ui.short(d.divisor) +
      ". The result is " + ui.short(a[i]) + " / " + ui.short(d.divisor) + " = " +
      ui.short(d.result) + ".";
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
      row.insertCell().textContent = problem ? "needs an odd n" : ui.short(c.alpha);
      row.insertCell().textContent = problem ? "–" : ui.short(lrn.detail(a, channel(), c).result);
    });
  }

  // ---- The bars ----------------------------------------------------------------------------------

  const PLOT = { left: 6, top: 24, height: 112 };
  let largest = 1; // the scale of the activations, kept while a bar is pulled

  function drawPanel(svg, width, top, title, values, unit, marked, c) {
    const step = (width - 2 * PLOT.left) / a.length;
    const foot = top + PLOT.height;
    ui.draw(svg, "text", { x: PLOT.left, y: top - 10, class: "small" }, title);
    values.forEach((value, i) => {
      const size = Number.isFinite(value) ? Math.max(1, (value / unit) * (PLOT.height - 16)) : 1;
      const x = PLOT.left + i * step + step * 0.12;
      const inside = i >= marked.first && i <= marked.last;
      ui.draw(svg, "rect", { x, y: foot - size, width: step * 0.76, height: size,
        class: i === c ? "marked" : inside ? "a" : "soft" });
      ui.draw(svg, "text", { x: x + step * 0.38, y: foot - size - 3, class: "small middle" },
        Number.isNaN(value) ? "?" : step < 44 ? compact(value) : ui.short(value));
    });
    ui.draw(svg, "line", { x1: PLOT.left, x2: width - PLOT.left, y1: foot, y2: foot, class: "line" });
    return step;
  }

  // As few digits as a narrow bar has room for.
  function compact(value) {
    const size = Math.abs(value);
    if (size === 0) return "0";
    if (size < 0.01) return value.toExponential(0);
    return String(Number(value.toPrecision(size >= 100 ? 3 : 2))).replace(/^0\./, ".");
  }

  function drawBars(c) {
    const svg = byId("lrn-bars").firstElementChild;
    const width = ui.blank(svg, HEIGHT);
    const i = channel();
    const result = lrn.lrn(a, c);
    const seen = lrn.detail(a, i, c);
    largest = Math.max(1, ...a);
    const finite = result.filter(Number.isFinite);
    const unit = Math.max(1e-12, ...finite);
    const step = drawPanel(svg, width, PLOT.top, "Activations before", a, largest, seen, i);
    // The window, as a bracket between the two rows of bars.
    const y = PLOT.top + PLOT.height + 8;
    const [x1, x2] = [PLOT.left + seen.first * step, PLOT.left + (seen.last + 1) * step];
    ui.draw(svg, "path", { d: "M" + x1 + " " + (y - 5) + "V" + y + "H" + x2 + "V" + (y - 5), class: "mark" });
    ui.draw(svg, "text", { x: Math.min(Math.max((x1 + x2) / 2, 66), width - 66), y: y + 15,
      class: "small middle" }, "window of channel " + i);
    drawPanel(svg, width, PLOT.top + PLOT.height + 48, "After the normalisation, on a scale of their own",
      result, unit, { first: i, last: i }, i);
    a.forEach((_, j) => ui.draw(svg, "text", { x: PLOT.left + (j + 0.5) * step, y: HEIGHT - 8,
      class: "small middle" }, j));
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
    const pulled = event.pointerType === "mouse" && event.buttons === 1 &&
      event.clientY - byId("lrn-bars").getBoundingClientRect().top < PLOT.top + PLOT.height + 10;
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
    show("alpha", ui.short(c.alpha));
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
  ui.onWidth(byId("lrn-bars"), render);
  takeExample();
})();
