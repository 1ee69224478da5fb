// A formula wider than its column is set smaller until it fits; where that would be too small to
// read, it scrolls in its own box, and so do wide pictures and printed tables. This lets the keyboard
// reach that box.
"use strict";

(function () {
  const SMALLEST = 0.6; // of the size of the text
  const LABELS = {
    'mjx-container[display="true"]': "Formula, scrolls sideways",
    ".wide-picture": "Picture, scrolls sideways",
    ".printed-table": "Table, scrolls sideways",
  };
  const NAMES = ["tabindex", "role", "aria-label"];

  // The width that a formula needs: its table of one row, without the copy that is read aloud.
  function needed(formula) {
    const inner = formula.querySelector("mjx-math");
    return inner ? inner.getBoundingClientRect().width : 0;
  }

  function fit() {
    const formulas = Array.from(document.querySelectorAll(".bd-article mjx-container"));
    formulas.forEach((formula) => { formula.style.fontSize = ""; });
    const wide = formulas.map((formula) => {
      const block = formula.closest("p, li, td, div.math, figcaption, dd") || formula;
      return [formula, needed(formula), block.clientWidth];
    });
    wide.filter(([, width, room]) => room > 0 && width > room).forEach(([formula, width, room]) => {
      const size = parseFloat(getComputedStyle(formula).fontSize);
      formula.style.fontSize = `${size * Math.max(SMALLEST, (0.99 * room) / width)}px`;
    });
  }

  function reach() {
    Object.entries(LABELS).forEach(([selector, label]) => {
      document.querySelectorAll(selector).forEach((box) => {
        const values = ["0", "group", label];
        if (box.scrollWidth > box.clientWidth) {
          NAMES.forEach((name, i) => box.setAttribute(name, values[i]));
        } else if (box.tabIndex === 0) {
          NAMES.forEach((name) => box.removeAttribute(name));
        }
      });
    });
  }

  function both() {
    fit();
    reach();
  }

  window.addEventListener("load", () => {
    reach();
    window.addEventListener("resize", both);
    if (window.MathJax && window.MathJax.startup) window.MathJax.startup.promise.then(both);
  });
})();
