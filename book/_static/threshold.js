// The playground "Threshold". The counting is in evaluation.js, the recorded runs in predictions.js,
// the pictures that some threshold gets wrong in doubtful.js.
"use strict";

(function () {
  const { evaluation, predictions, doubtful, ui } = globalThis.alexnet;
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
  const run = () => predictions[field.run.value];

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

  const CHART = { height: 250, top: 40, middle: 124, size: 70, bins: 20 };
  const place = (x, width) => 10 + ((x + EDGE) / (2 * EDGE)) * (width - 20);

  function drawBars(svg, width) {
    const counts = histogram(CHART.bins);
    const most = Math.max(...counts.yes, ...counts.no);
    const wide = (width - 20) / CHART.bins;
    [["yes", "a", -1], ["no", "b", 1]].forEach(([name, colour, side]) => counts[name].forEach((n, i) => {
      if (n === 0) return;
      const x = 10 + i * wide;
      const size = Math.max(2, (n / most) * CHART.size);
      const y = side < 0 ? CHART.middle - size : CHART.middle;
      ui.draw(svg, "rect", { x: x + 1, y, width: wide - 2, height: size, class: colour });
      ui.draw(svg, "text", { x: x + wide / 2, y: side < 0 ? y - 3 : y + size + 11, class: "small middle halo" }, n);
    }));
    ui.draw(svg, "line", { x1: 10, x2: width - 10, y1: CHART.middle, y2: CHART.middle, class: "line" });
  }

  function drawAxis(svg, width) {
    const marks = width < 420 ? [0.001, 0.05, 0.5, 0.95, 0.999]
      : [0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999];
    marks.forEach((p, i) => {
      const anchor = i === 0 ? "small" : i === marks.length - 1 ? "small end" : "small middle";
      ui.draw(svg, "text", { x: place(odds(p), width), y: 243, class: anchor }, percent(p));
    });
  }

  // The words stand in lines of their own, where the threshold does not cross them.
  function drawChart(title, other) {
    const svg = byId("threshold-chart").firstElementChild;
    const width = ui.blank(svg, CHART.height);
    ui.draw(svg, "text", { x: 10, y: 13 }, "True " + title + ", above the line");
    const x = place(odds(threshold()), width);
    ui.draw(svg, "line", { x1: x, x2: x, y1: 36, y2: 210, class: "mark" });
    drawBars(svg, width);
    ui.draw(svg, "text", { x: 10, y: 225 }, "True " + other + ", below it");
    drawAxis(svg, width);
    ui.draw(svg, "circle", { cx: x, cy: 36, r: 8, class: "marked" });
    const left = x > width - 150;
    ui.draw(svg, "text", { x: x + (left ? -14 : 14), y: 40, class: left ? "small end" : "small" },
      left ? "from here on: " + title + " →" : "called " + title + " →");
  }

  // The stop nearest to where the pointer is; with it the line is pulled.
  function pull(event) {
    if (event.type === "pointermove" && event.buttons !== 1) return;
    const box = byId("threshold-chart").getBoundingClientRect();
    const x = ((event.clientX - box.left - 10) / (box.width - 20)) * 2 * EDGE - EDGE;
    const away = STOPS.map((p) => Math.abs(odds(p) - x));
    field.threshold.value = away.indexOf(Math.min(...away));
    render();
  }

  // The axis begins where there is something to see.
  function drawShares(shares) {
    const svg = byId("threshold-shares").firstElementChild;
    const width = ui.blank(svg, 118);
    const left = 74;
    const low = Math.min(...shares.map(([, share]) => share.low ?? 1));
    const start = [0.9, 0.8, 0.5, 0].find((edge) => edge <= low);
    const at = (x) => left + ((x - start) / (1 - start)) * (width - left - 14);
    for (let i = 0; i <= 5; i += 1) {
      const x = start + (i * (1 - start)) / 5;
      ui.draw(svg, "line", { x1: at(x), x2: at(x), y1: 6, y2: 92, class: "line faint" });
      ui.draw(svg, "text", { x: at(x), y: 110, class: "small middle" }, Math.round(100 * x) + (i === 5 ? "" : " %"));
    }
    shares.forEach(([name, share], i) => {
      const y = 20 + i * 29;
      ui.draw(svg, "text", { x: 0, y: y + 4 }, name);
      if (share.value === null) {
        ui.draw(svg, "text", { x: at(start) + 6, y: y + 4, class: "small" }, "no value");
        return;
      }
      ui.draw(svg, "rect", { x: at(share.low), y: y - 5, height: 10,
        width: Math.max(2, at(share.high) - at(share.low)), class: "soft" });
      ui.draw(svg, "circle", { cx: at(share.value), cy: y, r: 5, class: "a" });
    });
  }

  // ---- Which pictures are wrong ------------------------------------------------------------------

  const SHOWN = 5; // of each kind

  // Places of the rows that are wrong in one way, the surest first.
  function wrong(missed) {
    return run().rows.map((row, i) => [evaluation.positiveProbability(row, positive()), row[0] === positive(), i])
      .filter(([p, yes]) => yes === missed && (p >= threshold()) !== missed)
      .sort((one, two) => (missed ? one[0] - two[0] : two[0] - one[0]));
  }

  // One of the small pictures, cut out of the sheet.
  function small(i, share) {
    const box = document.createElement("figure");
    const at = doubtful.rows.indexOf(i);
    const image = document.createElement("div");
    image.style.backgroundImage = "url(" + doubtful.sheet + ")";
    image.style.backgroundPosition = -(at % doubtful.columns) * doubtful.side + "px " +
      -Math.floor(at / doubtful.columns) * doubtful.side + "px";
    const words = document.createElement("figcaption");
    words.textContent = percent(share);
    box.append(image, words);
    return box;
  }

  function showWrong(title, other) {
    const box = byId("threshold-wrong");
    if (field.run.value !== "drawn") {
      box.replaceChildren(Object.assign(document.createElement("p"), { className: "try-note",
        textContent: "The photographs of this run belong to others and are not in the book; of the drawn pictures those that are wrong are seen here." }));
      return;
    }
    const kinds = [[true, title + ", missed: "], [false, other + ", called " + title + ": "]];
    box.replaceChildren(...kinds.map(([missed, words]) => {
      const all = wrong(missed);
      const row = document.createElement("div");
      row.className = "small-pictures";
      row.setAttribute("role", "img");
      const some = all.slice(0, SHOWN);
      const label = words + all.length + (all.length > SHOWN ? ", the " + SHOWN + " surest are seen" : "");
      row.setAttribute("aria-label", label + ". " + some.map(([share]) => percent(share)).join(", "));
      row.append(Object.assign(document.createElement("p"), { textContent: label }),
        ...some.map(([share, , i]) => small(i, share)));
      return row;
    }));
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
    const two = run().titles.length === 2;
    const other = two ? run().titles[1 - positive()] : "other";
    const n = evaluation.count(run().rows, positive(), threshold());
    const shares = [["Precision", n.precision], ["Recall", n.recall], ["Accuracy", n.accuracy]];
    byId("threshold-value").textContent = percent(threshold());
    field.threshold.setAttribute("aria-valuetext", percent(threshold()));
    showMatrix(n, title, other);
    drawChart(title, other);
    drawShares(shares);
    showWrong(title, other);
    const words = "At " + percent(threshold()) + " the network calls " + n.called + " of " +
      run().rows.length + " pictures " + title + ": " + n.hits + " rightly, " + n.falseAlarms +
      " wrongly; it misses " + n.missed + ".";
    ui.say(byId("threshold-words"), words);
    byId("threshold-list").replaceChildren(...shares.map(([name, share]) =>
      Object.assign(document.createElement("li"), { textContent: inWords(name, share) })));
    byId("threshold-chart").firstElementChild.setAttribute("aria-label",
      "Pictures by the share of " + title + ", true " + title + " above the line, true " +
      other + " below it, with the threshold as a vertical line. " + words);
    byId("threshold-shares").firstElementChild.setAttribute("aria-label",
      shares.map(([name, share]) => inWords(name, share)).join("; "));
  }

  function takeRun() {
    ui.options(field.positive, run().titles.map((title, i) => [i, title]));
    render();
  }

  ui.options(field.run, Object.entries(predictions).map(([name, one]) => [name, one.title]));
  field.threshold.max = STOPS.length - 1;
  field.threshold.value = STOPS.indexOf(0.5);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => (event.target === field.run ? takeRun() : render()));
  const chart = byId("threshold-chart").firstElementChild;
  chart.addEventListener("pointerdown", (event) => { chart.setPointerCapture(event.pointerId); pull(event); });
  chart.addEventListener("pointermove", pull);
  byId("threshold-reset").addEventListener("click", () => {
    field.threshold.value = STOPS.indexOf(0.5);
    render();
  });
  ui.onWidth(byId("threshold-chart"), render);
  takeRun();
})();
