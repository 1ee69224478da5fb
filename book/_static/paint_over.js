// The playground "Paint over the picture". The shares with the patch at each place, computed with the
// recorded network, are in heat.js.
"use strict";

(function () {
  const { heat, ui } = globalThis.alexnet;
  const byId = (id) => document.getElementById("paint-over-" + id);
  const field = byId("form").elements;
  const { titles, step, patch, pixels } = heat;
  const places = heat.pictures[0].covered.length;
  const tried = heat.pictures.map(() => new Map()); // of each picture: places that were covered

  const picture = () => heat.pictures[Number(field.picture.value)];
  const seen = () => tried[Number(field.picture.value)];
  const row = () => Number(field.down.value);
  const column = () => Number(field.across.value);
  // The share of the picture's own class, whole and with the patch.
  const own = (first) => (picture().label === 0 ? first : 1 - first);
  const before = () => own(picture().shares[0]);
  const after = (i, j) => own(picture().covered[i][j]);
  const percent = (share) => Number((100 * share).toFixed(share > 0.99 || share < 0.01 ? 2 : 1)) + " %";

  // ---- Drawing -----------------------------------------------------------------------------------

  // What the patch took away where it has been, at its middle.
  function drawTried(svg) {
    const most = Math.max(0.02, ...[...seen().values()].map((share) => Math.abs(before() - share)));
    seen().forEach((share, key) => {
      const [i, j] = [Math.floor(key / places), key % places];
      const lost = before() - share;
      ui.draw(svg, "rect", { x: j * step + (patch - step) / 2, y: i * step + (patch - step) / 2,
        width: step, height: step, class: lost > 0 ? "b" : "a", "fill-opacity": 0.15 + 0.75 * Math.min(1, Math.abs(lost) / most) });
    });
  }

  function drawPicture(words) {
    const svg = byId("picture-box").firstElementChild;
    svg.replaceChildren();
    ui.draw(svg, "image", { width: pixels, height: pixels, href: picture().picture });
    if (field.trace.checked) drawTried(svg);
    ui.draw(svg, "rect", { x: column() * step, y: row() * step, width: patch, height: patch, class: "patch",
      fill: picture().mean });
    svg.setAttribute("aria-label", "A drawn " + titles[picture().label] + " with a square patch over it. " + words);
  }

  function drawShares() {
    const svg = byId("bars").firstElementChild;
    const width = ui.blank(svg, 128);
    const share = after(row(), column());
    [["whole picture", before(), "soft"], ["with the patch", share, "b"]].forEach(([name, value, colour], i) => {
      const y = 24 + i * 56;
      ui.draw(svg, "text", { x: 0, y: y - 8 }, name + ": " + percent(value) + " " + titles[picture().label]);
      ui.draw(svg, "rect", { x: 0.5, y, width: width - 1, height: 20, class: "ground" });
      ui.draw(svg, "rect", { x: 0.5, y, width: Math.max(1, value * (width - 1)), height: 20, class: colour });
    });
    [24, 80].forEach((y) => ui.draw(svg, "line", { x1: width / 2, x2: width / 2, y1: y, y2: y + 20, class: "line" }));
    ui.draw(svg, "text", { x: width / 2, y: 122, class: "small middle" }, "half");
    svg.setAttribute("aria-label", "Share of " + titles[picture().label] + ": whole picture " +
      percent(before()) + ", with the patch " + percent(share));
  }

  function inWords() {
    const share = after(row(), column());
    const title = titles[picture().label];
    const points = 100 * (share - before());
    const size = Math.abs(points) < 0.05 ? "as before"
      : Math.abs(points).toFixed(1) + " points " + (points < 0 ? "less" : "more");
    const turned = (share > 0.5) !== (before() > 0.5)
      ? " The answer turns: now it is " + titles[share > 0.5 ? picture().label : 1 - picture().label] + "." : "";
    return "Patch from row " + row() * step + ", column " + column() * step + ": " + title + " gets " +
      percent(share) + ", " + size + "." + turned + " Of " + ui.plural(seen().size, "place") +
      " so far: from " + percent(Math.min(...seen().values())) + " to " + percent(Math.max(...seen().values())) + ".";
  }

  function render() {
    seen().set(row() * places + column(), after(row(), column()));
    const words = inWords();
    ["across", "down"].forEach((name) => {
      byId(name + "-value").textContent = Number(field[name].value) * step;
      field[name].setAttribute("aria-valuetext", "pixel " + Number(field[name].value) * step);
    });
    drawPicture(words);
    drawShares();
    ui.say(byId("words"), words);
  }

  // ---- The pointer -------------------------------------------------------------------------------

  function point(event) {
    if (event.type === "pointermove" && event.buttons !== 1) return;
    const box = byId("picture-box").firstElementChild.getBoundingClientRect();
    const nearest = (share) => Math.min(places - 1, Math.max(0, Math.round((share * pixels - patch / 2) / step)));
    field.across.value = nearest((event.clientX - box.left) / box.width);
    field.down.value = nearest((event.clientY - box.top) / box.height);
    render();
  }

  function everywhere() {
    for (let i = 0; i < places; i += 1) {
      for (let j = 0; j < places; j += 1) seen().set(i * places + j, after(i, j));
    }
    render();
  }

  function corner() {
    field.across.value = 0;
    field.down.value = 0;
    seen().clear();
    render();
  }

  ui.options(field.picture, heat.pictures.map((one, i) => [i, titles[one.label] + (one.shares[one.label] < 0.5 ?
    ", not recognised" : ", recognised")]));
  [field.across, field.down].forEach((slider) => { slider.max = places - 1; });
  const drawing = byId("picture-box").firstElementChild;
  drawing.setAttribute("viewBox", "0 0 " + pixels + " " + pixels);
  drawing.addEventListener("pointerdown", (event) => { drawing.setPointerCapture(event.pointerId); point(event); });
  drawing.addEventListener("pointermove", point);
  byId("form").addEventListener("submit", (event) => event.preventDefault());
  byId("form").addEventListener("input", (event) => (event.target === field.picture ? corner() : render()));
  byId("everywhere").addEventListener("click", everywhere);
  byId("forget").addEventListener("click", corner);
  ui.onWidth(byId("bars"), drawShares);
  corner();
})();
