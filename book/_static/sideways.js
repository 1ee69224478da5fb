// A formula wider than its column scrolls in its own box; this lets the keyboard reach that box.
"use strict";

(function () {
  function reach() {
    document.querySelectorAll('mjx-container[display="true"]').forEach((box) => {
      if (box.scrollWidth <= box.clientWidth) {
        box.removeAttribute("tabindex");
        return;
      }
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", "Formula, scrolls sideways");
    });
  }

  window.addEventListener("load", () => {
    if (!window.MathJax || !window.MathJax.startup) return;
    window.MathJax.startup.promise.then(reach);
    window.addEventListener("resize", reach);
  });
})();
