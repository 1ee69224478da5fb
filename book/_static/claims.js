// Filter for the page "Every number, checked". Without this script the page is a plain table.
"use strict";

(function () {
  const form = document.getElementById("claims-filter");
  const table = document.getElementById("claims-table");
  if (!form || !table) return;

  const rows = Array.from(table.tBodies[0].rows);
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const count = document.getElementById("claims-count");
  const fields = ["chapter", "source", "outcome", "text"];

  function matches(row, text, wanted) {
    return (
      (!wanted.chapter || row.dataset.chapter.split(" ").includes(wanted.chapter)) &&
      (!wanted.source || row.dataset.source === wanted.source) &&
      (!wanted.outcome || row.dataset.outcome === wanted.outcome) &&
      wanted.text.split(/\s+/).every((word) => text.includes(word))
    );
  }

  function tally(shown) {
    const outcomes = { agrees: 0, differs: 0, "not testable": 0 };
    shown.forEach((row) => { outcomes[row.dataset.outcome] += 1; });
    const parts = Object.entries(outcomes).map(([name, n]) => n + " " + name);
    return shown.length + " of " + rows.length + " numbers: " + parts.join(", ");
  }

  function update() {
    const wanted = {};
    fields.forEach((name) => { wanted[name] = form.elements[name].value.trim(); });
    wanted.text = wanted.text.toLowerCase();
    rows.forEach((row, i) => { row.hidden = !matches(row, texts[i], wanted); });
    count.textContent = tally(rows.filter((row) => !row.hidden));
  }

  // A link such as every_number.html?chapter=5 opens the page already filtered.
  const query = new URLSearchParams(window.location.search);
  fields.forEach((name) => { if (query.has(name)) form.elements[name].value = query.get(name); });

  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => window.setTimeout(update, 0));
  form.hidden = false;
  update();
})();
