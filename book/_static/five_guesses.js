// The playground "Right at once, or within five". The digits and what the recorded network made of
// them are in guesses.js.
"use strict";

(function () {
  const { guesses, cam, ui } = globalThis.alexnet;
  const byId = (id) => document.getElementById("five-guesses-" + id);
  const SIDE = 28;
  const MOST = 5;

  let at = 0; // which digit is shown
  let named = []; // the guesses for it, in order
  const done = []; // of each digit before: the reader's rank of the right class, or 0

  const digit = () => guesses.digits[at];
  const open = () => done.length === at; // still to be guessed

  // The rank at which the right class was named; 0 where it was not.
  const rank = (guessed, label) => guessed.indexOf(label) + 1;

  // How many were right at once and within five, of ranks.
  function counted(ranks) {
    return { first: ranks.filter((r) => r === 1).length, five: ranks.filter((r) => r >= 1 && r <= MOST).length };
  }

  // ---- Drawing -----------------------------------------------------------------------------------

  function drawDigit() {
    const context = byId("digit").getContext("2d");
    const image = context.createImageData(SIDE, SIDE);
    cam.bytes(digit().pixels).forEach((value, i) => image.data.set([255 - value, 255 - value, 255 - value, 255], 4 * i));
    context.putImageData(image, 0, 0);
    byId("digit").setAttribute("aria-label", "A handwritten digit" + (open() ? " to be guessed" : ", a " + digit().label));
  }

  function makeButtons() {
    byId("buttons").replaceChildren(...Array.from({ length: 10 }, (_, name) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: name });
      button.addEventListener("click", () => guess(name));
      return button;
    }));
  }

  function showNamed() {
    byId("named").replaceChildren(...Array.from({ length: MOST }, (_, i) => {
      const item = document.createElement("li");
      item.textContent = named[i] ?? "·";
      item.className = !open() && named[i] === digit().label ? "right" : "";
      return item;
    }));
    [...byId("buttons").children].forEach((button, name) => {
      button.disabled = !open() || named.includes(name);
    });
  }

  function showTable() {
    const network = guesses.digits.slice(0, done.length).map((one) => one.rank);
    [["you", counted(done)], ["network", counted(network)]].forEach(([who, n]) => {
      byId(who + "-first").textContent = n.first + " of " + done.length;
      byId(who + "-five").textContent = n.five + " of " + done.length;
    });
  }

  // ---- Words -------------------------------------------------------------------------------------

  const place = (r) => (r === 0 ? "not among your five" : r === 1 ? "your first guess" : "your guess number " + r);

  function inWords() {
    const start = "Digit " + (at + 1) + " of " + guesses.digits.length + ". ";
    if (open()) {
      return start + (named.length === 0 ? "Name the digit that you think most likely."
        : "Named so far: " + ui.listed(named.map(String)) + "; " + (named.length === MOST - 1 ? "one guess" : MOST - named.length + " guesses") + " left.");
    }
    const r = done[at];
    return start + "It is a " + digit().label + ", " + place(r) + (r === 1 ? ": right at once." : r ? ": wrong at once, right within five." : ": wrong both ways.") +
      " The network's first guess was " + digit().first + ", and the right one came at its place " + digit().rank + ".";
  }

  function render() {
    drawDigit();
    showNamed();
    showTable();
    byId("next").disabled = open() || at === guesses.digits.length - 1;
    ui.say(byId("words"), inWords());
  }

  // ---- Playing -----------------------------------------------------------------------------------

  function guess(name) {
    if (!open() || named.includes(name)) return;
    named.push(name);
    if (named.length === MOST) {
      done.push(rank(named, digit().label));
      render();
      byId("next").focus();
      return;
    }
    render();
  }

  function next() {
    if (open() || at === guesses.digits.length - 1) return;
    at += 1;
    named = [];
    render();
    byId("buttons").firstElementChild.focus();
  }

  function restart() {
    at = 0;
    named = [];
    done.length = 0;
    render();
  }

  makeButtons();
  byId("next").addEventListener("click", next);
  byId("restart").addEventListener("click", restart);
  byId("all").textContent = "On all " + ui.whole(guesses.of) + " held-out digits the network is right at once on " +
    guesses.first + ", within five on " + ui.whole(guesses.five) + ". Half of these " + guesses.digits.length +
    " are the ones that it finds hardest. Five blind guesses of ten classes are right half of the time, of a thousand classes once in 200.";
  globalThis.alexnet.fiveGuesses = { rank, counted };
  render();
})();
