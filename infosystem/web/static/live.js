// Swaps the parts of a page that are marked data-live when the server says that something changed, unless
// somebody is typing in them. Asks before what cannot be undone.
"use strict";
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.ask;
  if (question && !confirm(question)) event.preventDefault();
});
if (document.querySelector("[data-live]") && window.EventSource) {
  let last = null;
  const refresh = async () => {
    const answer = await fetch(location.href, { headers: { "X-Refresh": "1" } });
    if (!answer.ok || answer.redirected) return location.reload();
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of document.querySelectorAll("[data-live]")) {
      const part = fresh.getElementById(old.id);
      if (part && !old.contains(document.activeElement) && part.innerHTML !== old.innerHTML) old.replaceWith(part);
    }
  };
  new EventSource("/live").onmessage = (event) => {
    if (last !== null && last !== event.data) refresh();
    last = event.data;
  };
}
