// The page's one duty: show the newest fragment, send what is touched. It decides nothing.
import { attachPad } from "./pad.js";
import { attachGrid } from "./grid.js";
import { speak } from "./speech.js";

const view = document.getElementById("view");
let sending = null; // the view whose answer is on its way
const root = () => view.firstElementChild;

// send posts one act for the fragment at hand. Until its reply is here nothing else is answered to the same view; the
// next view may come before the reply, and be answered at once.
export async function send(act, text = "") {
  const number = Number(root().dataset.view);
  if (sending === number) return false;
  sending = number;
  try {
    const reply = await fetch("/answer", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ view: number, act, text }),
    });
    if (reply.status === 403) comeBack();
    return reply.ok;
  } catch {
    cut();
    return false;
  } finally {
    if (sending === number) sending = null;
  }
}

// show swaps the fragment. Within one scene, what is being typed or drawn stays (data-keep).
function show(html) {
  const old = root();
  const box = document.createElement("template");
  box.innerHTML = html;
  const next = box.content.firstElementChild;
  const focused = place(document.activeElement);
  const same = next.dataset.scene === old.dataset.scene;
  const helped = old.querySelector("dialog").open && !("helping" in old.dataset);
  const helping = "helping" in next.dataset || (helped && screenOf(next) === screenOf(old));
  if (same) {
    for (const slot of next.querySelectorAll("[data-keep]")) {
      const kept = old.querySelector(`[data-keep="${slot.dataset.keep}"]`);
      if (kept) slot.replaceWith(kept);
    }
  }
  view.replaceChildren(next);
  document.documentElement.lang = next.dataset.language;
  attach();
  if (helping) next.querySelector("dialog").showModal();
  if (same) refocus(focused);
  else next.querySelector("[data-first]:not(:disabled)")?.focus({ preventScroll: true });
}

const screenOf = (fragment) => fragment.dataset.scene.split("/")[0];

// place remembers a focused control by its position, so that focus outlives a swap.
function place(element) {
  return [...view.querySelectorAll("button, input, [tabindex]")].indexOf(element);
}
function refocus(index) {
  if (index >= 0) view.querySelectorAll("button, input, [tabindex]")[index]?.focus({ preventScroll: true });
}

const attached = new WeakSet();
function attach() {
  for (const [selector, how] of [[".pad", attachPad], [".grid", attachGrid]]) {
    for (const element of view.querySelectorAll(selector)) {
      if (!attached.has(element)) how(element, root, send);
      attached.add(element);
      element.dispatchEvent(new Event("drawn"));
    }
  }
  tally();
  speak(root());
}

view.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || button.disabled) return;
  const data = button.dataset;
  if (data.act) send(data.act, data.text);
  else if ("help" in data) help();
  else if ("close" in data) root().querySelector("dialog").close();
});

// The help stands until it is closed, here or at the keypad, its screen ends, or for a minute. It is shown at once; the
// view follows, so that the keypad chooses nothing behind it.
let helpedUntil;
function help() {
  root().querySelector("dialog").showModal();
  send("help");
  clearTimeout(helpedUntil);
  helpedUntil = setTimeout(() => root().querySelector("dialog").close(), 60000);
}
view.addEventListener("close", () => "helping" in root().dataset && send("help"), true);

// Seconds run down here, so that the wire stays quiet; the controller alone ends a screen.
function tally() {
  const waits = view.querySelector(".wait .seconds");
  for (const button of view.querySelectorAll("[data-waits]")) button.disabled = waits && waits.textContent !== "0";
}
setInterval(() => {
  for (const seconds of view.querySelectorAll(".seconds")) {
    const left = Math.max(0, Number(seconds.textContent) - 1);
    seconds.textContent = left;
    if (seconds.closest(".left")) root().classList.toggle("hurry", left <= 10);
    if (left === 0 && seconds.closest(".left")) blank();
    if (left === 0) seconds.closest("[data-gone]")?.remove();
  }
  tally();
}, 1000);

// Names leave the page with the person, also when nobody can tell the page so.
function blank() {
  for (const element of view.querySelectorAll("[data-private]")) element.textContent = "";
}

// Whoever types or draws is still here: ask for more time before half of it is gone.
let asked = 0;
function stillHere() {
  const seconds = view.querySelector(".left .seconds");
  if (!seconds || Number(seconds.textContent) > Number(seconds.dataset.seconds) / 2 || Date.now() - asked < 3000) return;
  asked = Date.now();
  send("more-time");
}
view.addEventListener("typed", stillHere);

let scanned = "";
let scannedAt = 0;
document.addEventListener("keydown", (event) => {
  if (view.querySelector("dialog").open) return;
  if (event.key === "Escape") return void view.querySelector(".back, .screen-message [data-act='ok'], .screen-enrol-done [data-act='ok']")?.click();
  if (scan(event)) return;
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const stops = [...view.querySelectorAll("button:not(:disabled), input, [tabindex]")].filter((e) => !e.closest("dialog"));
  const at = stops.indexOf(document.activeElement);
  stops[(at + step + stops.length) % stops.length]?.focus();
  event.preventDefault();
});

// A scanner of barcodes and badges is a keyboard that types a line and ends with Enter; so does a person who types
// what the label says. A busy machine must not take a line apart, since its Enter would press a button: a second may
// lie between two keys, by the time of the keys. A line of digits alone is left to a number pad, where there is one; of
// another line no digit stays there, since a label is nobody's phone number, and a badge no secret.
function scan(event) {
  const fast = event.timeStamp - scannedAt < 1000;
  scannedAt = event.timeStamp;
  if (event.key.length === 1) scanned = fast ? scanned + event.key : event.key;
  if (event.key !== "Enter") return false;
  const line = scanned;
  scanned = "";
  const pad = view.querySelector(".pad"), scans = view.querySelector("[data-scan]");
  if (!fast || line.length < 4 || !(pad || scans)) return false;
  if (pad && /^[0-9]*$/.test(line)) return false;
  event.preventDefault();
  event.stopImmediatePropagation();
  document.activeElement?.blur(); // the scanner's Enter presses no button
  pad?.dispatchEvent(new Event("scanned"));
  if (scans) send("scan", line);
  return true;
}

function cut() {
  blank();
  root().querySelector(".cut").hidden = false;
}

// After lockerd has started anew the cookie is stale: load the page again as soon as it is served.
let returning = false;
function comeBack() {
  if (returning) return;
  returning = true;
  cut();
  const timer = setInterval(async () => {
    const reply = await fetch("/").catch(() => null);
    if (reply?.ok) {
      clearInterval(timer);
      location.reload();
    }
  }, 2000);
}

const stream = new EventSource("/view");
stream.addEventListener("view", (event) => show(event.data));
stream.onerror = () => (stream.readyState === EventSource.CLOSED ? comeBack() : cut());
window.addEventListener("contextmenu", (event) => event.preventDefault());
// Commands to the browser are nobody's here: a barcode can hold Ctrl+O as well as digits.
window.addEventListener("keydown", (event) => {
  if (!event.ctrlKey && !event.altKey && !event.metaKey && !/^F[0-9]+$/.test(event.key)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
attach();
view.querySelector("[data-first]:not(:disabled)")?.focus({ preventScroll: true });
