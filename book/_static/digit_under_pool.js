// The playground "A digit under a pool" of the chapter on overlapping pooling. The arithmetic is in
// formulas.js, the digits are in digits.js.
"use strict";

(function () {
  const { digits, formulas, ui } = globalThis.alexnet;
  const byId = (id) => document.getElementById("digit-pool-" + id);
  const field = byId("form").elements;
  const SIDE = 15; // the digit's 8 pixels, 3 before and 4 behind
  const MARGIN = 3;
  const INK = 16; // of the darkest pixel
  const STRIDE = 2;
  const KINDS = {
    "no pool, every second pixel": [1, false], "maximum 2/2": [2, false], "maximum 3/2": [3, false],
    "average 2/2": [2, true], "average 3/2": [3, true],
  };
  const UNIT = 10; // of the drawings; they are scaled to their boxes

  const moved = () => [Number(field.down.value), Number(field.right.value)];

  // The digit on its grid, moved down and to the right.
  function picture(down, right) {
    const rows = digits[field.digit.value];
    return Array.from({ length: SIDE }, (_, i) => Array.from({ length: SIDE }, (__, j) => {
      const row = rows[i - MARGIN - down];
      return (row && row[j - MARGIN - right]) || 0;
    }));
  }

  const map = (down, right) => {
    const [size, average] = KINDS[field.kind.value];
    return formulas.pool(picture(down, right), size, STRIDE, average);
  };

  // By how many cells down and to the right the first map has become this one, or null.
  function shifted(first, now) {
    const places = [-2, -1, 0, 1, 2];
    const at = (rows, i, j) => (rows[i] && rows[i][j]) || 0;
    const same = ([down, right]) => {
      for (let i = -2; i < first.length + 2; i += 1) {
        for (let j = -2; j < first.length + 2; j += 1) {
          if (at(now, i, j) !== at(first, i - down, j - right)) return false;
        }
      }
      return true;
    };
    return places.flatMap((down) => places.map((right) => [down, right])).find(same) || null;
  }

  // ---- Drawings ----------------------------------------------------------------------------------

  function drawTable(svg, rows, other) {
    const cell = (SIDE * UNIT) / rows.length;
    svg.replaceChildren();
    svg.setAttribute("viewBox", "-1 -1 " + (SIDE * UNIT + 2) + " " + (SIDE * UNIT + 2));
    rows.forEach((row, i) => row.forEach((value, j) => {
      const place = { x: j * cell, y: i * cell, width: cell, height: cell };
      ui.draw(svg, "rect", { ...place, class: "paper" });
      if (value > 0) ui.draw(svg, "rect", { ...place, class: "ink", "fill-opacity": (value / INK).toFixed(3) });
      if (other && other[i][j] !== value) {
        const inset = { x: j * cell + 1.5, y: i * cell + 1.5, width: cell - 3, height: cell - 3 };
        ui.draw(svg, "rect", { ...inset, class: "other" });
      }
    }));
  }

  // The windows of the pool, one in colour where they would hide each other.
  function drawWindows(svg) {
    const size = KINDS[field.kind.value][0];
    for (let i = 0; i + size <= SIDE; i += STRIDE) {
      for (let j = 0; j + size <= SIDE; j += STRIDE) {
        const inset = size === 3 ? 1.5 : 0.8;
        ui.draw(svg, "rect", { x: j * UNIT + inset, y: i * UNIT + inset, width: size * UNIT - 2 * inset,
          height: size * UNIT - 2 * inset, rx: 2, class: "window" });
      }
    }
  }

  // ---- In words ----------------------------------------------------------------------------------

  const direction = (n, yes, no) => (n === 0 ? [] : [Math.abs(n) + " " + (n > 0 ? yes : no)]);
  const ways = ([down, right]) => ui.listed([...direction(right, "to the right", "to the left"),
    ...direction(down, "down", "up")]);

  function inWords(first, now) {
    const [down, right] = moved();
    const pool = field.kind.value[0].toUpperCase() + field.kind.value.slice(1);
    if (down === 0 && right === 0) return pool + ": the digit lies where it began. Move it.";
    const change = formulas.change(first, now);
    const cells = shifted(first, now);
    const differ = now.flat().filter((x, i) => x !== first.flat()[i]).length;
    return pool + ", pixels moved: " + ways([down, right]) + ". " +
      (cells ? "The map is the one of the start, cells moved: " + ways(cells) + ". "
        : "It is another map, not the old one moved. ") +
      differ + " of its " + now.flat().length + " cells differ; the change is " + change.toFixed(2) +
      " of the map's length.";
  }

  function render() {
    const [down, right] = moved();
    const [first, now] = [map(0, 0), map(down, right)];
    ui.show(field.right, ui.signed(right));
    ui.show(field.down, ui.signed(down));
    const [left, other] = ["picture", "map"].map((id) => byId(id).firstElementChild);
    drawTable(left, picture(down, right));
    drawWindows(left);
    drawTable(other, now, first);
    const words = inWords(first, now);
    ui.say(byId("words"), words);
    left.setAttribute("aria-label", "The digit " + field.digit.value + " on 15 by 15 pixels, with the windows of the pool.");
    other.setAttribute("aria-label", "The pooled map of " + now.length + " by " + now.length + " cells. " + words);
  }

  // ---- Dragging ------------------------------------------------------------------------------------

  let grip = null; // where the pointer took hold, and how far the digit was moved then

  function drag(event) {
    const box = byId("picture").getBoundingClientRect();
    const at = [event.clientY, event.clientX].map((x) => (x / box.width) * SIDE);
    if (event.type === "pointerdown") {
      grip = { at, from: moved() };
      byId("picture").setPointerCapture(event.pointerId);
    } else if (grip !== null && event.type === "pointermove") {
      const [down, right] = at.map((x, i) => grip.from[i] + Math.round(x - grip.at[i]));
      if (down === moved()[0] && right === moved()[1]) return;
      field.down.value = down; // the slider keeps it in its range
      field.right.value = right;
      render();
    } else {
      grip = null;
    }
  }

  ui.options(field.digit, Object.keys(digits).map((digit) => [digit, digit]));
  ui.options(field.kind, Object.keys(KINDS).map((kind) => [kind, kind]));
  field.kind.value = "maximum 3/2";
  byId("form").addEventListener("submit", (event) => event.preventDefault());
  byId("form").addEventListener("input", render);
  byId("reset").addEventListener("click", () => {
    field.right.value = 0;
    field.down.value = 0;
    render();
  });
  ["pointerdown", "pointermove", "pointerup", "pointercancel"].forEach((name) => {
    byId("picture").addEventListener(name, drag);
  });
  render();
})();
