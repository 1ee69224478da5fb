// Counting with a threshold in the browser, as helpers/evaluation.py does it: counts, precision,
// recall, Wilson intervals. No page in here; tests/test_interactive.py holds it equal to the Python.
"use strict";

(function (root) {
  const Z = 1.959963984540054; // 97.5 % of a normal distribution lie below it

  // Wilson's 95 % interval of `correct` of `total`, [low, high].
  function wilson(correct, total) {
    if (total < 1 || correct < 0 || correct > total) {
      throw new RangeError("A share needs 0 ≤ correct ≤ total and total ≥ 1, got " +
        correct + "/" + total + ".");
    }
    const share = correct / total;
    const weight = (Z * Z) / total;
    const centre = (share + weight / 2) / (1 + weight);
    const half =
      (Z / (1 + weight)) * Math.sqrt((share * (1 - share)) / total + weight / (4 * total));
    return [correct === 0 ? 0 : centre - half, correct === total ? 1 : centre + half];
  }

  // A share with its interval; null where there is nothing to divide by.
  function share(correct, total) {
    if (total === 0) return { correct, total, value: null, low: null, high: null };
    const [low, high] = wilson(correct, total);
    return { correct, total, value: correct / total, low, high };
  }

  // Probability of class `positive`; a row is [label, probability of class 0, of class 1, …].
  const positiveProbability = (row, positive) => row[1 + positive];

  // Everything that follows from calling a picture positive at or above the threshold.
  function count(rows, positive, threshold) {
    const n = { hits: 0, missed: 0, falseAlarms: 0, rejected: 0 };
    rows.forEach((row) => {
      const called = positiveProbability(row, positive) >= threshold;
      if (row[0] === positive) n[called ? "hits" : "missed"] += 1;
      else n[called ? "falseAlarms" : "rejected"] += 1;
    });
    return {
      ...n,
      called: n.hits + n.falseAlarms,
      precision: share(n.hits, n.hits + n.falseAlarms),
      recall: share(n.hits, n.hits + n.missed),
      accuracy: share(n.hits + n.rejected, rows.length),
    };
  }

  root.alexnet = root.alexnet || {};
  root.alexnet.evaluation = { wilson, share, positiveProbability, count };
})(globalThis);
