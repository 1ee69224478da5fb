// What the interactive pages share: numbers in words, SVG, drawing again when the width changes.
"use strict";

(function (root) {
  const NAMESPACE = "http://www.w3.org/2000/svg";

  // 60965224 → "60,965,224", as the chapters write it.
  function whole(value) {
    return value.toLocaleString("en-GB");
  }

  // "-0.75" → "⁻⁰·⁷⁵", for exponents in words.
  function raised(number) {
    return String(number).replace(/./g, (sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹⁻·"["0123456789-.".indexOf(sign)]);
  }

  // 0.000071 → "7.1·10⁻⁵".
  function power(value) {
    const [digits, exponent] = value.toExponential(2).split("e");
    return Number(digits) + "·10" + raised(Number(exponent));
  }

  // A measured value with four digits that count; very small and very large ones as powers of ten.
  function short(value) {
    if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : "infinite";
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-3 || size >= 1e6)) return power(value);
    return String(Number(value.toPrecision(4)));
  }

  // A number as text, with a true minus sign.
  const signed = (value) => String(value).replace("-", "−");

  // ["a", "b", "c"] → "a, b and c".
  function listed(items) {
    return items.length < 2 ? items.join("") : items.slice(0, -1).join(", ") + " and " + items.at(-1);
  }

  const plural = (n, word) => n + " " + word + (n === 1 ? "" : "s");

  function bytes(value) {
    if (value < 1000) return value + " bytes";
    return value < 1e6 ? short(value / 1000) + " kB" : short(value / 1e6) + " MB";
  }

  // What a person typed: a number, or the text itself where it is none.
  function typed(field) {
    const text = field.value.trim();
    const number = Number(text);
    return text === "" || Number.isNaN(number) ? text : number;
  }

  // Append an SVG element and return it.
  function draw(parent, name, attributes, text) {
    const node = document.createElementNS(NAMESPACE, name);
    Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  }

  // Empty an <svg>, give it the size of its box and return its width in pixels.
  function blank(svg, height) {
    const width = Math.max(240, Math.floor(svg.parentElement.clientWidth));
    svg.replaceChildren();
    svg.setAttribute("viewBox", "0 0 " + width + " " + height);
    return width;
  }

  // Call `redraw` whenever the width of `element` changes.
  function onWidth(element, redraw) {
    let width = element.clientWidth;
    new ResizeObserver(() => {
      if (element.clientWidth === width) return;
      width = element.clientWidth;
      redraw();
    }).observe(element);
  }

  // Set a text only where it changes, so that a screen reader does not say it again.
  function say(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  // Show the value of a slider beside its name, and let a screen reader say it so. The name stands
  // in a label with an <output>.
  function show(slider, text) {
    slider.labels[0].querySelector("output").textContent = text;
    slider.setAttribute("aria-valuetext", text);
  }

  // The bytes of a text in base64.
  function unpack(text) {
    return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  }

  // Fill a <select> from pairs of value and text.
  function options(select, pairs) {
    select.replaceChildren(...pairs.map(([value, text]) => new Option(text, value)));
  }

  root.alexnet = root.alexnet || {};
  root.alexnet.ui = { whole, short, raised, signed, listed, plural, bytes, typed, draw, blank, onWidth, say, show, unpack, options };
})(globalThis);
