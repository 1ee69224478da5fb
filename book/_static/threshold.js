// The page "Threshold". The counting is in evaluation.js, the recorded runs in predictions.js.
"use strict";

(function () {
  const { evaluation, predictions, ui } = globalThis.alexnet;
  const byId = (id) => document.getElementById(id);
  const form = byId("threshold-form");
  const field = form.elements;
  const EDGE = 7; // the axis ends at odds of e^7 to 1, 99.9 %

  // Thresholds the slider stops at: fine steps near 0 and 1, where most pictures are.
  const LOW = [0.001, 0.002, 0.005, 0.01, 0.02];
  const MIDDLE = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);
  const STOPS = [...LOW, ...MIDDLE, ...[...LOW].reverse().map((x) => Number((1 - x).toFixed(3)))];

  const percent = (x) => Number((100 * x).toFixed(1)) + " %";
  const odds = (p) => Math.max(-EDGE, Math.min(EDGE, Math.log(p / (1 - p))));
  const threshold = () => STOPS[Number(field.threshold.value)];
  const positive = () => Number(field.positive.value);
  const run = () => predictions[field.seed.value];

  // ---- Pictures ----------------------------------------------------------------------------------

  // How many pictures of each true class lie in each step of the axis.
  function histogram(bins) {
    const counts = { yes: Array(bins).fill(0), no: Array(bins).fill(0) };
    run().rows.forEach((row) => {
      const x = odds(evaluation.positiveProbability(row, positive()));
      const bin = Math.min(bins - 1, Math.floor(((x + EDGE) / (2 * EDGE)) * bins));
      counts[row[0] === positive() ? "yes" : "no"][bin] += 1;
    });
    return counts;
  }

  function drawChart(title, other) {
    const svg = byId("threshold-chart").firstElementChild;
    const width = ui.blank(svg, 250);
    const at = (x) => 10 + ((x + EDGE) / (2 * EDGE)) * (width - 20);
    const bins = 20;
    const counts = histogram(bins);
    const most = Math.max(...counts.yes, ...counts.no);
    const middle = 118;
    ui.draw(svg, "text", { x: 10, y: 36 }, "True " + title + ", above");
    for (let i = 0; i < bins; i += 1) {
      const x = at(-EDGE + (i * 2 * EDGE) / bins) + 1;
      const wide = (width - 20) / bins - 2;
      [["yes", "a", -1], ["no", "b", 1]].forEach(([name, colour, side]) => {
        const n = counts[name][i];
        if (n === 0) return;
        const size = Math.max(2, (n / most) * 74);
        const y = side < 0 ? middle - size : middle;
        ui.draw(svg, "rect", { x, y, width: wide, height: size, class: colour });
        ui.draw(svg, "text", { x: x + wide / 2, y: side < 0 ? y - 3 : y + size + 11,
          class: "small middle" }, n);
      });
    }
    ui.draw(svg, "line", { x1: 10, x2: width - 10, y1: middle, y2: middle, class: "line" });
    ui.draw(svg, "text", { x: 10, y: 223 }, "True " + other + ", below");
    const marks = width < 420 ? [0.001, 0.05, 0.5, 0.95, 0.999] : [0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999];
    marks.forEach((p, i) => {
      const anchor = i === 0 ? "small" : i === marks.length - 1 ? "small end" : "small middle";
      ui.draw(svg, "text", { x: at(odds(p)), y: 240, class: anchor }, percent(p));
    });
    const x = at(odds(threshold()));
    ui.draw(svg, "line", { x1: x, x2: x, y1: 18, y2: 226, class: "mark" });
    ui.draw(svg, "text", { x: Math.min(x, width - 110), y: 12 }, "called " + title + " →");
  }

  function drawShares(shares) {
    const svg = byId("threshold-shares").firstElementChild;
    const width = ui.blank(svg, 118);
    const left = 74;
    const at = (x) => left + x * (width - left - 14);
    [0, 0.25, 0.5, 0.75, 1].forEach((x) => {
      ui.draw(svg, "line", { x1: at(x), x2: at(x), y1: 6, y2: 92, class: "line" });
      ui.draw(svg, "text", { x: at(x), y: 110, class: "small middle" }, 100 * x + (x === 1 ? "" : " %"));
    });
    shares.forEach(([name, share], i) => {
      const y = 20 + i * 29;
      ui.draw(svg, "text", { x: 0, y: y + 4 }, name);
      if (share.value === null) {
        ui.draw(svg, "text", { x: at(0) + 6, y: y + 4, class: "small" }, "no value");
        return;
      }
      ui.draw(svg, "rect", { x: at(share.low), y: y - 5, height: 10,
        width: Math.max(2, at(share.high) - at(share.low)), class: "soft" });
      ui.draw(svg, "circle", { cx: at(share.value), cy: y, r: 5, class: "a" });
    });
  }

  // ---- Words and tables --------------------------------------------------------------------------

  function inWords(name, share) {
    if (share.value === null) return name + ": no value, since nothing is called so.";
    return name + " " + percent(share.value) + " (" + share.correct + " of " + share.total +
      ", 95 % interval " + percent(share.low) + " to " + percent(share.high) + ")";
  }

  function showMatrix(n, title, other) {
    const set = (id, text) => { byId("threshold-" + id).textContent = text; };
    ["called-yes", "true-yes"].forEach((id) => set(id, id.split("-")[0] + " " + title));
    ["called-no", "true-no"].forEach((id) => set(id, id.split("-")[0] + " " + other));
    set("hits", n.hits);
    set("missed", n.missed);
    set("false", n.falseAlarms);
    set("rejected", n.rejected);
  }

  function render() {
    const title = run().titles[positive()];
    const other = run().titles[1 - positive()];
    const n = evaluation.count(run().rows, positive(), threshold());
    const shares = [["Precision", n.precision], ["Recall", n.recall], ["Accuracy", n.accuracy]];
    byId("threshold-value").textContent = percent(threshold());
    field.threshold.setAttribute("aria-valuetext", percent(threshold()));
    showMatrix(n, title, other);
    drawChart(title, other);
    drawShares(shares);
    const words = "At " + percent(threshold()) + " the network calls " + n.called + " of " +
      run().rows.length + " photographs " + title + ": " + n.hits + " rightly, " + n.falseAlarms +
      " wrongly; it misses " + n.missed + ".";
    ui.say(byId("threshold-words"), words);
    byId("threshold-list").replaceChildren(...shares.map(([name, share]) =>
      Object.assign(document.createElement("li"), { textContent: inWords(name, share) })));
    byId("threshold-chart").firstElementChild.setAttribute("aria-label",
      "Photographs by the probability of " + title + ", true " + title + " above the line, true " +
      other + " below it, with the threshold as a vertical line. " + words);
    byId("threshold-shares").firstElementChild.setAttribute("aria-label",
      shares.map(([name, share]) => inWords(name, share)).join("; "));
  }

  ui.options(field.seed, Object.keys(predictions).map((seed) => [seed, "seed " + seed]));
  const titles = Object.values(predictions)[0].titles;
  ui.options(field.positive, titles.map((title, i) => [i, title]));
  field.positive.value = 1;
  field.threshold.max = STOPS.length - 1;
  field.threshold.value = STOPS.indexOf(0.5);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", render);
  byId("threshold-reset").addEventListener("click", () => {
    field.threshold.value = STOPS.indexOf(0.5);
    render();
  });
  ui.onWidth(byId("threshold-chart"), render);
  render();
})();
