// The playground "Grad-CAM as a weighted sum". The arithmetic is in cam.js, the recorded network's
// maps and weights in heat.js.
"use strict";

(function () {
  const { cam, heat, ui } = globalThis.alexnet;
  const byId = (id) => document.getElementById("weighted-sum-" + id);
  const field = byId("form").elements;
  const { side, titles } = heat;
  const SHOWN = 12; // maps that have a tile
  const HOT = Math.round((side * side) / 10); // the hottest tenth of the places
  const all = heat.pictures.map((picture) => cam.maps(picture, side));

  let off = new Set(); // places in the order of the maps that are switched off

  const picture = () => heat.pictures[Number(field.picture.value)];
  const maps = () => all[Number(field.picture.value)];
  const asked = () => Number(field.class.value);
  const weights = () => picture().weights[asked()];
  const order = () => cam.order(maps(), weights());
  const kept = () => order().slice(0, Number(field.count.value)).filter((_, place) => !off.has(place));

  // ---- Drawing -----------------------------------------------------------------------------------

  // What is above zero in the one colour, what is below in the other; `most` is drawn solid.
  function paint(canvas, values, most) {
    const style = getComputedStyle(byId("form"));
    const colours = ["--try-b", "--try-a"].map((name) => style.getPropertyValue(name).trim());
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, side, side);
    values.forEach((value, i) => {
      context.globalAlpha = most > 0 ? Math.min(1, Math.abs(value) / most) : 0;
      context.fillStyle = colours[value < 0 ? 1 : 0];
      context.fillRect(i % side, Math.floor(i / side), 1, 1);
    });
  }

  const largest = (values) => Math.max(...values.map(Math.abs));

  function canvas() {
    return Object.assign(document.createElement("canvas"), { width: side, height: side });
  }

  function makeTiles() {
    byId("tiles").replaceChildren(...Array.from({ length: SHOWN }, (_, place) => {
      const label = document.createElement("label");
      const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: true });
      box.id = "weighted-sum-map-" + place;
      box.addEventListener("change", () => {
        off[box.checked ? "delete" : "add"](place);
        render();
      });
      label.append(box, canvas(), document.createElement("span"));
      return label;
    }));
  }

  function drawTiles() {
    const found = order().slice(0, SHOWN);
    const scale = Math.max(...found.map((k) => Math.abs(weights()[k]) * Math.max(...maps()[k])));
    [...byId("tiles").children].forEach((label, place) => {
      const k = found[place];
      const weight = weights()[k];
      const [box, tile, words] = label.children;
      box.checked = !off.has(place);
      box.disabled = place >= Number(field.count.value);
      box.setAttribute("aria-label", "Map " + k + ", weight " + ui.signed(ui.short(weight)));
      label.classList.toggle("out", box.disabled || !box.checked);
      words.textContent = (weight < 0 ? "−" : "+") + " map " + k;
      paint(tile, maps()[k].map((value) => weight * value), scale);
    });
  }

  // ---- Words -------------------------------------------------------------------------------------

  function inWords(now, whole) {
    const count = kept().length;
    const title = titles[asked()];
    const start = count === maps().length ? "All " + count + " maps" :
      count === 0 ? "No map" : count + " of " + maps().length + " maps";
    if (largest(now) === 0) return start + " for " + title + ": nothing is above zero, there is no heat.";
    const hot = cam.hottest(now, 1)[0];
    const below = now.filter((value) => value < 0).length;
    return start + " for " + title + ": hottest in row " + (Math.floor(hot / side) + 1) + ", column " +
      (hot % side + 1) + " of " + side + "; of the " + HOT + " hottest places of the whole Grad-CAM map " +
      cam.shared(now, whole, HOT) + " are among the hottest here." +
      (below ? " " + below + " of " + side * side + " places are below zero; ReLU would empty them." : "");
  }

  function render() {
    const whole = cam.sum(maps(), weights(), order(), true);
    const now = cam.sum(maps(), weights(), kept(), field.relu.checked);
    drawTiles();
    paint(byId("heat"), now, largest(now));
    byId("photo").src = picture().picture;
    byId("count").textContent = field.count.value + " of " + maps().length;
    field.count.setAttribute("aria-valuetext", byId("count").textContent + " maps");
    const said = inWords(now, whole);
    byId("photo").alt = "A drawn " + titles[picture().label] + ", grey, with the sum of the maps over it. " + said;
    const share = (100 * picture().shares[asked()]).toFixed(1);
    byId("answer").textContent = "It shows a " + titles[picture().label] + "; the network gives " +
      titles[asked()] + " " + share + " %.";
    ui.say(byId("words"), said);
  }

  function fresh() {
    off = new Set();
    field.count.value = field.count.max;
    render();
  }

  ui.options(field.picture, heat.pictures.map((one, i) => [i, titles[one.label] + (one.shares[one.label] < 0.5 ?
    ", not recognised" : ", recognised")]));
  ui.options(field.class, titles.map((title, i) => [i, title]));
  field.count.max = maps().length;
  field.class.value = picture().label;
  makeTiles();
  byId("form").addEventListener("submit", (event) => event.preventDefault());
  field.picture.addEventListener("change", () => { field.class.value = picture().label; fresh(); });
  field.class.addEventListener("change", fresh);
  field.count.addEventListener("input", render);
  field.relu.addEventListener("change", render);
  byId("reset").addEventListener("click", fresh);
  new MutationObserver(render).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  fresh();
})();
