// The small living network, on the cover and in the first chapter: a few pictures, the answer, some maps and
// the heat map. The whole is the page "The living network".
"use strict";

(function () {
  const { network: alexnet, draw, living } = globalThis.alexnet;
  const SHOWN = ["conv1", "conv2", "conv5"];

  async function build(root) {
    const name = root.dataset.network, find = (part) => root.querySelector(part);
    const pictures = await living.examples(name), side = 224;
    let net = null, picture = null, pixels = null;

    async function show(one) {
      picture = one;
      pixels = await living.decoded(one.pixels, side);
      draw.picture(find(".living-glass canvas"), pixels, side, null);
      root.querySelectorAll(".living-others button").forEach((button, i) =>
        button.setAttribute("aria-pressed", String(pictures[i] === one)));
      if (net) answer();
    }

    function answer() {
      const result = alexnet.run(net, pixels), { shares } = result;
      const top = shares.indexOf(Math.max(...shares)), heat = alexnet.gradCam(net, result, top);
      draw.picture(find(".living-glass canvas"), pixels, side, heat);
      find(".living-answers").replaceChildren(...net.classes.map((title, i) => bar(title, shares[i], i === top)));
      find("[role=status]").textContent = words(net.classes, shares, top, heat);
      strips(result);
    }

    function words(classes, shares, top, heat) {
      const said = "The network says " + classes[top] + " with " + living.percent(shares[top]) + ". ";
      const true_ = picture.truth === null ? "It is " + picture.shows + ", none of its classes: a network always names one of its own. "
        : picture.truth === top ? "That is right. " : "That is wrong: it is " + picture.shows + ". ";
      const place = living.whereabouts(heat);
      return said + true_ + (place ? "What speaks for it lies mostly " + place + " of the picture." : "");
    }

    function bar(title, share, top) {
      const line = document.createElement("p");
      line.className = top ? "living-line top" : "living-line";
      line.innerHTML = "<span></span><span class=\"living-track\"><i></i></span><span></span>";
      line.firstChild.textContent = title;
      line.querySelector("i").style.width = 100 * share + "%";
      line.lastChild.textContent = living.percent(share);
      return line;
    }

    function strips(result) {
      find(".living-strips").replaceChildren(...net.layers.flatMap((layer, i) => {
        if (!SHOWN.includes(layer.name)) return [];
        const map = result.steps[i + 1], most = map.values.reduce((a, b) => Math.max(a, b), 0);
        const title = Object.assign(document.createElement("p"), { textContent: layer.name + ": " + map.channels +
          " maps of " + map.side + "×" + map.side });
        return [title, ...[0, 1].map((tower) => {
          const canvas = document.createElement("canvas");
          canvas.className = "ab"[tower];
          draw.maps(canvas, map, draw.layout(map, 2, tower), most, tower, []);
          return canvas;
        })];
      }));
    }

    find(".living-others").replaceChildren(...pictures.map((one) => {
      const button = Object.assign(document.createElement("button"), { type: "button" });
      button.append(Object.assign(new Image(), { src: one.pixels, alt: one.shows, width: 44, height: 44, title: one.from }));
      button.addEventListener("click", () => show(one));
      return button;
    }));
    find(".living-wake").addEventListener("click", async () => {
      find(".living-wake").disabled = true;
      try {
        net = await living.network(name);
        answer();
        // The button goes; who came to it with the keyboard goes on from the pictures.
        find(".living-others [aria-pressed=true]").focus({ preventScroll: true });
        find(".living-wake").parentElement.hidden = true;
      } catch {
        find("[role=status]").textContent = "The weights did not arrive; they belong beside this page, in the folder _static.";
        find(".living-wake").disabled = false;
      }
    });
    await show(pictures[0]);
  }

  // The pictures come when their place comes into view.
  const watch = new IntersectionObserver((entries) => entries.filter((one) => one.isIntersecting).forEach((one) => {
    watch.unobserve(one.target);
    build(one.target).catch(() => {});
  }), { rootMargin: "200px" });
  document.querySelectorAll(".living-small").forEach((root) => watch.observe(root));
})();
