// The playground "Rate and momentum in the valley" of the chapter on learning. The arithmetic is in
// formulas.js.
"use strict";

(function () {
  const { formulas, ui } = globalThis.alexnet;
  const byId = (id) => document.getElementById("valley-" + id);
  const field = byId("form").elements;
  const STEEP = 20;
  const STEPS = 300;
  const NEAR = 0.01;
  const X = [-6.5, 11]; // what the map shows of the weights, true to scale
  const Y = [-2.3, 2.3];
  const CURVE = 166; // pixels

  let best = null; // [steps, rate, momentum]

  const setting = () => [Number(field.rate.value), Number(field.momentum.value)];

  // ---- Seen from above -----------------------------------------------------------------------------

  function drawMap(path, needed) {
    const svg = byId("map").firstElementChild;
    const box = svg.parentElement.clientWidth;
    const scale = Math.max(240, box) / (X[1] - X[0]);
    ui.blank(svg, scale * (Y[1] - Y[0]));
    const at = ([x, y]) => [(x - X[0]) * scale, (Y[1] - y) * scale];
    const [cx, cy] = at([0, 0]);
    [1, 2, 4, 6, 8, 10, 12].forEach((r) => {
      ui.draw(svg, "ellipse", { cx, cy, rx: r * scale, ry: (r / Math.sqrt(STEEP)) * scale, class: "line faint" });
    });
    const walk = path.slice(0, Math.min(needed, STEPS) + 1).map(at)
      .filter((point) => point.every((x) => Math.abs(x) < 1e4));
    ui.draw(svg, "polyline", { points: walk.map((p) => p.map((x) => x.toFixed(1)).join()).join(" "), class: "way" });
    walk.forEach(([x, y]) => ui.draw(svg, "circle", { cx: x, cy: y, r: 2.2, class: "a" }));
    ui.draw(svg, "circle", { cx: walk[0][0], cy: walk[0][1], r: 5, class: "marked" });
    ui.draw(svg, "text", { x: walk[0][0], y: walk[0][1] - 9, class: "small end halo" }, "start");
    ui.draw(svg, "path", { d: "M" + (cx - 7) + " " + cy + "h14M" + cx + " " + (cy - 7) + "v14", class: "mark" });
  }

  // ---- The distance from the bottom, step by step ------------------------------------------------

  // How many steps the curve shows: 100, or as many hundreds as the answer takes.
  const shown = (needed) => (needed > STEPS ? 100 : Math.max(100, 100 * Math.ceil(needed / 100)));

  function drawCurve(path, needed) {
    const most = shown(needed);
    const svg = byId("curve").firstElementChild;
    const width = ui.blank(svg, CURVE);
    const [left, right, top, foot] = [44, 12, 26, CURVE - 34];
    ui.draw(svg, "text", { x: 0, y: 12, class: "small" }, "Distance from the bottom (the larger weight)");
    const across = (step) => left + (step / most) * (width - left - right);
    const up = (distance) => {
      const power = Math.max(-3, Math.min(1.3, Math.log10(distance)));
      return top + ((1.3 - power) / 4.3) * (foot - top);
    };
    [10, 1, 0.1, NEAR].forEach((level) => {
      ui.draw(svg, "line", { x1: left, x2: width - right, y1: up(level), y2: up(level), class: level === NEAR ? "mean" : "line faint" });
      ui.draw(svg, "text", { x: left - 5, y: up(level) + 4, class: "small end" }, level);
    });
    [0, 0.2, 0.4, 0.6, 0.8, 1].map((share) => share * most).forEach((step) => {
      ui.draw(svg, "text", { x: across(step), y: foot + 14, class: "small middle" }, step);
    });
    ui.draw(svg, "text", { x: (left + width - right) / 2, y: foot + 29, class: "small middle" },
      "steps");
    const points = path.slice(0, most + 1).map(([x, y], i) =>
      across(i).toFixed(1) + "," + up(Math.max(Math.abs(x), Math.abs(y))).toFixed(1));
    ui.draw(svg, "polyline", { points: points.join(" "), class: "way" });
    if (needed <= most) ui.draw(svg, "circle", { cx: across(needed), cy: up(NEAR), r: 5, class: "marked" });
  }

  // ---- In words ----------------------------------------------------------------------------------

  function inWords(rate, momentum, path, needed) {
    const [x, y] = path[STEPS];
    const far = Math.max(Math.abs(x), Math.abs(y));
    const start = "Rate " + ui.short(rate) + ", momentum " + ui.short(momentum) + ": ";
    const told = needed <= STEPS ? "after " + needed + " steps both weights stay within " + NEAR + " of the bottom."
      : !(far <= 10) ? "each swing is wider than the one before; the walk never arrives."
        : "after " + STEPS + " steps it has not arrived.";
    const alone = momentum > 0 ? "" : " A step multiplies the weight along the valley by " +
      ui.signed(ui.short(1 - rate)) + " and the one across by " + ui.signed(ui.short(1 - STEEP * rate)) + ".";
    const record = best === null ? "" : " Your best so far: " + best[0] + " steps, at rate " +
      ui.short(best[1]) + " and momentum " + ui.short(best[2]) + ".";
    return start + told + alone + record;
  }

  function render() {
    const [rate, momentum] = setting();
    const path = formulas.walk(rate, momentum, STEEP, STEPS);
    const needed = formulas.stepsNeeded(path, NEAR);
    if (needed <= STEPS && (best === null || needed < best[0])) best = [needed, rate, momentum];
    ui.show(field.rate, ui.short(rate));
    ui.show(field.momentum, ui.short(momentum));
    drawMap(path, needed);
    drawCurve(path, needed);
    const words = inWords(rate, momentum, path, needed);
    ui.say(byId("words"), words);
    byId("map").firstElementChild.setAttribute("aria-label",
      "A long valley from above, with the walk from (10, 1) to the bottom. " + words);
    byId("curve").firstElementChild.setAttribute("aria-label",
      "The distance from the bottom over " + shown(needed) + " steps, on a logarithmic scale. " + words);
  }

  byId("form").addEventListener("submit", (event) => event.preventDefault());
  byId("form").addEventListener("input", render);
  byId("forget").addEventListener("click", () => {
    byId("form").reset();
    best = null;
    render();
  });
  ui.onWidth(byId("map"), render);
  render();
})();
