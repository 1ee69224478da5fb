// A formula or picture wider than its column scrolls in its own box; this lets the keyboard reach
// that box.
"use strict";

(function () {
  const LABELS = {
    'mjx-container[display="true"]': "Formula, scrolls sideways",
    ".wide-picture": "Picture, scrolls sideways",
  };
  const NAMES = ["tabindex", "role", "aria-label"];

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

  window.addEventListener("load", () => {
    reach();
    window.addEventListener("resize", reach);
    if (window.MathJax && window.MathJax.startup) window.MathJax.startup.promise.then(reach);
  });
})();
