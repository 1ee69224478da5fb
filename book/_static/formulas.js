// The arithmetic of helpers/book/formulas.py in the browser: small formulas of the chapters. No page
// in here; tests/browser/test_playgrounds.py holds it equal to the Python.
"use strict";

(function (root) {
  // The output of a linear unit when some of the units that it reads are off (0 in `kept`).
  function thinned(activations, weights, kept) {
    return activations.reduce((sum, a, i) => sum + kept[i] * a * weights[i], 0);
  }

  // Mask number i as zeros and ones: its binary digits, the first unit first.
  function mask(number, units) {
    return Array.from({ length: units }, (_, i) => (number >> (units - 1 - i)) & 1);
  }

  // The outputs with every mask.
  function allThinned(activations, weights) {
    const units = activations.length;
    return Array.from({ length: 2 ** units }, (_, i) => thinned(activations, weights, mask(i, units)));
  }

  root.alexnet = root.alexnet || {};
  root.alexnet.formulas = { thinned, mask, allThinned };
})(globalThis);
