// Grad-CAM as helpers/explain/methods.py adds it up, from the maps and weights in heat.js, and the
// shares with a patch on the picture. No page in here; tests/browser/test_playgrounds_of_networks.py
// holds it equal to the Python.
"use strict";

(function (root) {
  // Bytes from text.
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

  // A picture's maps, one array of side × side values each; eight bits and one scale a map.
  function maps(picture, side) {
    const all = bytes(picture.maps);
    return picture.scales.map((scale, k) =>
      Array.from(all.subarray(k * side * side, (k + 1) * side * side), (value) => scale * value));
  }

  // The numbers of the maps by how much each can add anywhere, the most first.
  function order(allMaps, weights) {
    const most = allMaps.map((map, k) => Math.abs(weights[k]) * Math.max(...map));
    return most.map((_, k) => k).sort((i, j) => most[j] - most[i] || i - j);
  }

  // The weighted sum of the kept maps; with `relu` what is below zero becomes 0.
  function sum(allMaps, weights, kept, relu) {
    const total = Array(allMaps[0].length).fill(0);
    kept.forEach((k) => allMaps[k].forEach((value, i) => { total[i] += weights[k] * value; }));
    return relu ? total.map((value) => Math.max(0, value)) : total;
  }

  // The places of the `count` largest values.
  function hottest(values, count) {
    return values.map((_, i) => i).sort((i, j) => values[j] - values[i] || i - j).slice(0, count);
  }

  // How many of the hottest places of one map are among those of another.
  function shared(one, other, count) {
    const there = new Set(hottest(other, count));
    return hottest(one, count).filter((i) => there.has(i)).length;
  }

  root.alexnet = root.alexnet || {};
  root.alexnet.cam = { bytes, maps, order, sum, hottest, shared };
})(globalThis);
