// The playground "Switch units off" of the chapter on dropout. The arithmetic is in formulas.js.
"use strict";

(function () {
  const { formulas, ui } = globalThis.alexnet;
  const byId = (id) => document.getElementById("units-off-" + id);
  // The six units of the chapter.
  const A = [1, 2, 0, 3, 1, 2];
  const W = [2, -1, 3, 1, 2, 1];
  const UNITS = A.length;
  const OUTPUTS = formulas.allThinned(A, W);
  const MEAN = OUTPUTS.reduce((sum, x) => sum + x, 0) / OUTPUTS.length;
  const LEAST = Math.min(...OUTPUTS);
  const MOST = Math.max(...OUTPUTS);
  const ROW = 44; // pixels of a unit in the drawing; a finger needs as many
  const HEIGHT = ROW * UNITS;

  let kept = Array(UNITS).fill(1);
  let tried = new Set();
  const number = () => kept.reduce((sum, on) => 2 * sum + on, 0);
  const output = () => OUTPUTS[number()];

  // ---- The drawing of the network ----------------------------------------------------------------

  function makeUnits() {
    A.forEach((a, i) => {
      const label = document.createElement("label");
      const box = Object.assign(document.createElement("input"), { type: "checkbox", value: i });
      box.id = "units-off-" + i;
      box.setAttribute("aria-label", "Unit " + (i + 1) + ", activation " + a + ", weight " + W[i]);
      label.style.top = i * ROW + "px";
      label.append(box, Object.assign(document.createElement("span"), { textContent: "unit " + (i + 1) }));
      byId("net").append(label);
    });
  }

  // Words on a wire, which does not run through them.
  function drawSign(svg, x, y, text) {
    const ground = ui.draw(svg, "rect", { class: "behind" });
    const { width } = ui.draw(svg, "text", { x, y: y + 4, class: "small middle" }, text).getBBox();
    Object.entries({ x: x - width / 2 - 4, y: y - 9, width: width + 8, height: 18 })
      .forEach(([name, value]) => ground.setAttribute(name, value));
  }

  function drawNet() {
    const svg = byId("net").firstElementChild;
    const width = ui.blank(svg, HEIGHT);
    const [from, to, middle] = [92, width - 46, HEIGHT / 2];
    const ys = A.map((_, i) => (i + 0.5) * ROW);
    const lit = (i) => (kept[i] ? " on" : "");
    ys.forEach((y, i) => ui.draw(svg, "line", { x1: from, y1: y, x2: to, y2: middle, class: "wire" + lit(i) }));
    ys.forEach((y, i) => {
      ui.draw(svg, "circle", { cx: from, cy: y, r: 16, class: "unit" + lit(i) });
      if (kept[i]) ui.draw(svg, "text", { x: from, y: y + 4, class: "middle inside" }, A[i]);
      else ui.draw(svg, "path", { d: "M" + (from - 8) + " " + (y - 8) + "l16 16m0-16l-16 16", class: "cross" });
      const text = "× " + ui.signed(W[i]) + (kept[i] ? " = " + ui.signed(A[i] * W[i]) : ", off");
      drawSign(svg, from + 0.36 * (to - from), y + 0.36 * (middle - y), text);
    });
    ui.draw(svg, "circle", { cx: to, cy: middle, r: 24, class: "unit sum" });
    ui.draw(svg, "text", { x: to, y: middle + 5, class: "middle inside" }, ui.signed(output()));
    ui.draw(svg, "text", { x: to, y: middle + 42, class: "small middle" }, "output");
  }

  // ---- One block a mask, in the column of its output ---------------------------------------------

  function drawChart() {
    const svg = byId("chart").firstElementChild;
    const width = ui.blank(svg, HEIGHT);
    const step = (width - 12) / (MOST - LEAST + 1);
    const at = (x) => 6 + (x - LEAST + 0.5) * step;
    const foot = HEIGHT - 34;
    const full = Array(MOST - LEAST + 1).fill(0);
    const tall = (foot - 40) / Math.max(...OUTPUTS.map((x) => OUTPUTS.filter((y) => y === x).length));
    OUTPUTS.forEach((x, i) => {
      const y = foot - (full[x - LEAST] += 1) * tall;
      const kind = i === number() ? "marked" : tried.has(i) ? "a" : "soft";
      ui.draw(svg, "rect", { x: at(x) - step * 0.42, y, width: step * 0.84, height: tall - 2, class: kind });
    });
    ui.draw(svg, "line", { x1: 6, x2: width - 6, y1: foot, y2: foot, class: "line" });
    for (let x = LEAST; x <= MOST; x += 1) {
      ui.draw(svg, "text", { x: at(x), y: foot + 14, class: "small middle" }, ui.signed(x));
    }
    ui.draw(svg, "text", { x: width / 2, y: foot + 29, class: "small middle" }, "output (a block for each mask, filled when tried)");
    ui.draw(svg, "line", { x1: at(MEAN), x2: at(MEAN), y1: 20, y2: foot, class: "mean" });
    ui.draw(svg, "text", { x: at(MEAN), y: 13, class: "small middle" }, "mean of all: " + ui.short(MEAN));
  }

  // ---- In words ----------------------------------------------------------------------------------

  function inWords() {
    const off = kept.flatMap((on, i) => (on ? [] : [i + 1]));
    const many = off.length > 1 ? ["Units ", " are off"] : ["Unit ", " is off"];
    const who = off.length === 0 ? "All units are on" : off.length === UNITS ? "All units are off"
      : many[0] + ui.listed(off) + many[1];
    const same = OUTPUTS.filter((x) => x === output()).length;
    const seen = [...tried].map((i) => OUTPUTS[i]);
    const mean = seen.reduce((sum, x) => sum + x, 0) / seen.length;
    return who + ": the output is " + ui.signed(output()) + ", as with " + same +
      " of the 64 masks. Tried so far: " + ui.plural(seen.length, "mask") + ", with a mean output of " +
      ui.signed(ui.short(mean)) + "; the mean of all 64 is " + ui.short(MEAN) + ".";
  }

  function render() {
    tried.add(number());
    document.querySelectorAll("#units-off-net input").forEach((box, i) => { box.checked = kept[i] === 1; });
    drawNet();
    drawChart();
    const words = inWords();
    ui.say(byId("words"), words);
    byId("chart").firstElementChild.setAttribute("aria-label",
      "The outputs of all 64 masks as blocks over " + ui.signed(LEAST) + " to " + MOST + ". " + words);
  }

  function set(values) {
    kept = values;
    render();
  }

  makeUnits();
  byId("form").addEventListener("submit", (event) => event.preventDefault());
  byId("net").addEventListener("change", (event) => {
    set(kept.map((on, i) => (i === Number(event.target.value) ? 1 - on : on)));
  });
  byId("toss").addEventListener("click", () => set(kept.map(() => (Math.random() < 0.5 ? 1 : 0))));
  byId("all").addEventListener("click", () => set(Array(UNITS).fill(1)));
  byId("forget").addEventListener("click", () => { tried = new Set(); render(); });
  ui.onWidth(byId("net"), render);
  render();
})();
