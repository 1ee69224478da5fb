// The search. It ranks the sections of searchindex.js by BM25, which counts a word more the rarer
// it is in the book, the more often it stands in a section, and the shorter the section is; a page
// has the score of its best section. Words in headings and words set off count several times.
// Stemmer and stopwords come from Sphinx's language_data.js. Nothing is fetched, so it also works
// in a book that is opened from disk.
"use strict";

(function () {
  const K1 = 1.2, B = 0.6; // BM25's two constants: saturation, and how much length matters
  const WEIGHT = { title: 5, heading: 4, marked: 3, text: 1 };
  const PHRASE = 1.5; // the words stand side by side
  const CHOSEN = 12; // book/search.yml says that the page explains what is asked for
  // Pages that name everything come after those that explain it.
  const LATER = { "book/glossary": 0.55, "book/every_number": 0.5, "book/for_teachers": 0.5,
    "book/timings": 0.5, "book/bibliography": 0.4, "book/index": 0.6, "book/paper_and_code": 0.6 };
  // What readers type, and what the book writes.
  const SAME = { photo: "photograph", pic: "picture", image: "picture", neuron: "unit",
    filter: "filter", colour: "color", overfitting: "over-fitting", cnn: "convolution",
    lrn: "local response normalisation", bn: "batch normalisation", finetuning: "fine-tuning",
    augmentation: "augmentation", resuming: "resume", interrupted: "interrupt" };
  const SHOWN = 3; // sections of a page

  const stemmer = new Stemmer();
  const stems = new Map();

  function stem(word) {
    if (!stems.has(word)) {
      const british = word.replace(/iz(e[ds]?|ing|ation|ations|er|ers)$/, "is$1").replace(/color/, "colour");
      stems.set(word, stemmer.stemWord(british));
    }
    return stems.get(word);
  }

  function split(text) {
    return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) || [];
  }

  function tokens(text) {
    return split(text).filter((word) => !stopwords.includes(word)).map(stem);
  }

  // The words of a query, each with what else the book may call it.
  function asked(query) {
    const whole = split(query).map((word) => SAME[word.replace(/s$/, "")] || word).join(" ");
    const all = tokens(whole);
    return Array.from(new Set(all.length ? all : split(whole).map(stem)));
  }

  function counted(data) {
    const rarity = new Map();
    const sections = data.sections.map(([page, anchor, heading, text, marked]) => {
      const counts = new Map();
      const add = (words, weight) => words.forEach((word) => {
        counts.set(word, (counts.get(word) || 0) + weight);
      });
      const body = tokens(text);
      add(body, WEIGHT.text);
      add(tokens(heading), anchor ? WEIGHT.heading : 0);
      add(tokens(marked), WEIGHT.marked);
      add(tokens(data.pages[page][1]), anchor ? WEIGHT.title / 5 : WEIGHT.title);
      counts.forEach((_, word) => rarity.set(word, (rarity.get(word) || 0) + 1));
      return { page, anchor, heading, text, counts, stream: ` ${tokens(heading + " " + text).join(" ")} `,
        length: body.length + 20 };
    });
    const mean = sections.reduce((sum, section) => sum + section.length, 0) / sections.length;
    const key = (asked) => tokens(asked).sort().join(" ");
    const first = new Map(Object.entries(data.first).map(([asked, names]) => [key(asked), names]));
    return { sections, rarity, mean, pages: data.pages, first: (asked) => first.get(key(asked)) || [] };
  }

  function bm25(index, section, word) {
    const n = section.counts.get(word) || 0;
    if (!n) return 0;
    const has = index.rarity.get(word);
    const rare = Math.log(1 + (index.sections.length - has + 0.5) / (has + 0.5));
    const long = 1 - B + (B * section.length) / index.mean;
    return (rare * n * (K1 + 1)) / (n + K1 * long);
  }

  // A word that the book does not have may be the beginning of one that it has.
  function known(index, word) {
    if (index.rarity.has(word)) return [word];
    return Array.from(index.rarity.keys()).filter((other) => word.length > 2 && other.startsWith(word));
  }

  function rank(index, query) {
    const words = asked(query).map((word) => known(index, word));
    const phrase = ` ${tokens(query).join(" ")} `;
    const chosen = index.first(query);
    const best = new Map();
    index.sections.forEach((section) => {
      const points = words.map((same) => Math.max(0, ...same.map((word) => bm25(index, section, word))));
      const hit = points.filter((x) => x > 0).length;
      if (!hit) return;
      let score = points.reduce((a, b) => a + b, 0) * (hit / words.length) ** 2;
      if (words.length > 1 && section.stream.includes(phrase)) score *= PHRASE;
      const page = best.get(section.page) || { page: section.page, found: [], words: new Set() };
      points.forEach((x, i) => { if (x > 0) page.words.add(i); });
      page.found.push({ section, score });
      best.set(section.page, page);
    });
    const top = Math.max(0, ...Array.from(best.values(), (page) => page.found[0].score));
    chosen.map((name) => index.pages.findIndex(([other]) => other === name)).forEach((page) => {
      const section = index.sections.find((one) => one.page === page);
      const all = new Set(words.keys());
      if (section && !best.has(page)) best.set(page, { page, words: all, found: [{ section, score: top / 2 }] });
    });
    return Array.from(best.values()).map((page) => {
      page.found.sort((a, b) => b.score - a.score);
      const [name, title] = index.pages[page.page];
      const [found, ...others] = page.found.map((one) => one.score);
      const wanted = chosen.includes(name);
      const first = wanted ? Math.max(found, top / 2) : found;
      const more = others.slice(0, 4).reduce((a, b) => a + b, 0);
      const named = words.every((same) => same.some((word) => tokens(title).includes(word)));
      const score = (first + 0.25 * more) * (named ? 2 : 1) * (LATER[name] || 1)
        * (wanted ? CHOSEN / (1 + chosen.indexOf(name) / 2) : page.words.size / words.length);
      return { name, title, score, found: page.found.slice(0, SHOWN) };
    }).filter((page) => page.score > 0).sort((a, b) => b.score - a.score);
  }

  // The part of a text around the first place where most of the words stand.
  function excerpt(text, query) {
    const words = new Set(asked(query));
    const places = Array.from(text.matchAll(/[\p{L}\p{N}]+/gu))
      .filter((found) => words.has(stem(found[0].toLowerCase()))).map((found) => found.index);
    const near = places.map((place) => places.filter((x) => x >= place && x < place + 160).length);
    const from = places[near.indexOf(Math.max(...near))] || 0;
    const before = text.lastIndexOf(". ", from);
    const start = before >= 0 && from - before < 120 ? before + 2 : Math.max(0, text.lastIndexOf(" ", from - 60) + 1);
    const end = start + 200 < text.length ? text.lastIndexOf(" ", start + 200) : text.length;
    return (start && before + 2 !== start ? "… " : "") + text.slice(start, end) + (end < text.length ? " …" : "");
  }

  function element(name, text = "", props = {}) {
    const made = Object.assign(document.createElement(name), props);
    made.textContent = text;
    return made;
  }

  function marked(text, query) {
    const words = new Set(asked(query));
    const line = element("p", "", { className: "context" });
    text.split(/([\p{L}\p{N}]+)/u).forEach((part) => {
      line.append(words.has(stem(part.toLowerCase())) ? element("mark", part) : part);
    });
    return line;
  }

  function shown(page, query) {
    const item = element("li");
    item.append(element("a", page.title, { href: `${page.name}.html` }));
    page.found.filter(({ score }) => score > 0.4 * page.found[0].score).forEach(({ section }) => {
      if (section.anchor && section.heading) {
        const line = element("p", "", { className: "section" });
        line.append(element("a", section.heading, { href: `${page.name}.html${section.anchor}` }));
        item.append(line);
      }
      if (section.text && section === page.found[0].section) item.append(marked(excerpt(section.text, query), query));
    });
    return item;
  }

  function show(index, query) {
    const results = rank(index, query);
    const place = document.getElementById("search-results");
    const list = element("ul", "", { className: "search" });
    results.slice(0, 12).forEach((page) => list.append(shown(page, query)));
    const said = results.length
      ? `${Math.min(12, results.length)} pages, the most fitting first.`
      : "No page has these words. Try fewer of them, or look into the glossary.";
    place.replaceChildren(element("p", said, { className: "search-summary" }), list);
    place.firstChild.setAttribute("role", "status");
  }

  document.addEventListener("DOMContentLoaded", () => {
    const index = counted(alexnetSearch);
    const query = new URLSearchParams(window.location.search).get("q") || "";
    document.querySelectorAll('input[name="q"]').forEach((field) => { field.value = query; });
    if (query.trim()) show(index, query);
    window.bookSearch = (text) => rank(index, text).map((page) => page.name);
  });
})();
