// The number pad: digits by touch or keyboard, shown in groups or as dots, sent by OK or Enter.
export function attachPad(pad, root, send) {
  const min = Number(pad.dataset.min), max = Number(pad.dataset.max), group = Number(pad.dataset.group);
  const hidden = "hidden" in pad.dataset;
  const output = pad.querySelector("output");
  const ok = pad.querySelector("[data-send]");
  let typed = "";
  let byKeys = false; // typed on a keyboard, whose Enter then means OK

  // Digits that are typed on the cabinet's keypad come back as a count.
  function draw() {
    const elsewhere = Number(root().dataset.typed);
    const shown = typed === "" ? "•".repeat(elsewhere) : hidden ? "•".repeat(typed.length) : typed;
    const places = min === max ? shown.padEnd(max, "·") : shown;
    output.textContent = group ? places.replace(new RegExp(`(.{${group}})(?=.)`, "gu"), "$1 ") : places;
    ok.disabled = typed.length < min;
  }
  function add(digit) {
    if (typed.length < max) typed += digit;
    changed();
  }
  function remove() {
    typed = typed.slice(0, -1);
    changed();
  }
  function changed() {
    draw();
    pad.dispatchEvent(new Event("typed", { bubbles: true }));
  }
  async function done() {
    if (typed.length < min) return;
    if (await send("digits", typed)) typed = "";
    draw();
  }

  pad.addEventListener("drawn", draw);
  pad.addEventListener("scanned", () => {
    typed = "";
    draw();
  });
  pad.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    byKeys = false;
    if (event.detail > 0) pad.focus({ preventScroll: true }); // by a finger, not by Enter: a later Enter presses no button
    if ("digit" in button.dataset) add(button.dataset.digit);
    else if ("delete" in button.dataset) remove();
    else if ("send" in button.dataset) done();
  });
  document.addEventListener("keydown", function key(event) {
    if (!pad.isConnected) return document.removeEventListener("keydown", key);
    if (root().querySelector("dialog").open) return;
    const elsewhere = document.activeElement?.closest("button:not([data-digit])"); // that Enter presses
    if (/^[0-9]$/.test(event.key)) {
      byKeys = true;
      add(event.key);
    } else if (event.key === "Backspace") remove();
    else if (event.key === "Enter" && byKeys && !elsewhere && !ok.disabled) {
      event.preventDefault();
      done();
    }
  });
}
