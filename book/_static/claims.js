// Filter for the page "Every number and its source", which opens on what differs. Without this script the page is a plain table.
"use strict";

(function () {
  const form = document.getElementById("claims-filter");
  const table = document.getElementById("claims-table");
  if (!form || !table) return;

  const rows = Array.from(table.tBodies[0].rows);
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const count = document.getElementById("claims-count");
  const fields = ["chapter", "source", "kind", "outcome", "text"];

  function matches(row, text, wanted) {
    return (
      (!wanted.chapter || row.dataset.chapter.split(" ").includes(wanted.chapter)) &&
      (!wanted.source || row.dataset.source === wanted.source) &&
      (!wanted.kind || row.dataset.kind === wanted.kind) &&
      (!wanted.outcome || row.dataset.outcome === wanted.outcome) &&
      wanted.text.split(/\s+/).every((word) => text.includes(word))
    );
  }

  function tally(shown) {
    const kinds = { recomputed: 0, compared: 0, derived: 0, said: 0 };
    shown.forEach((row) => { kinds[row.dataset.kind] += 1; });
    const parts = Object.entries(kinds).filter(([, n]) => n).map(([name, n]) => n + " " + name);
    const sum = shown.length + " of " + rows.length + " numbers";
    return parts.length ? sum + ": " + parts.join(", ") : sum;
  }

  function update() {
    const wanted = {};
    fields.forEach((name) => { wanted[name] = form.elements[name].value.trim(); });
    wanted.text = wanted.text.toLowerCase();
    rows.forEach((row, i) => { row.hidden = !matches(row, texts[i], wanted); });
    count.textContent = tally(rows.filter((row) => !row.hidden));
  }

  function show(values) {
    fields.forEach((name) => { form.elements[name].value = values.get(name) || ""; });
    update();
  }

  // A link to one record, such as every_number.html#claim-paper.neurons, must not lead to a hidden row.
  function reveal() {
    const row = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    if (!row || !row.hidden || !rows.includes(row)) return;
    show(new Map());
    row.scrollIntoView();
  }

  // A link such as every_number.html?chapter=relu opens the page already filtered.
  const query = new URLSearchParams(window.location.search);
  if (fields.some((name) => query.has(name))) show(query);

  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("claims-all").addEventListener("click", () => show(new Map()));
  window.addEventListener("hashchange", reveal);
  form.hidden = false;
  update();
  reveal();
})();
