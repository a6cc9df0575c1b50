// The pattern's nine dots: drawn with a finger, or typed as 1 to 9 (row by row) and Enter. A dot that lies
// between two others is taken along, as people know it from their phones.
const least = 4;

export function attachGrid(grid, root, send) {
  const svg = grid.querySelector("svg");
  const trail = grid.querySelector(".trail");
  const dots = [...grid.querySelectorAll(".dot")];
  const few = grid.querySelector(".few");
  let path = [];
  let pointer = null;

  // The grid stands a little elsewhere each time, so that smears on the glass do not add up.
  svg.style.translate = `${Math.round(Math.random() * 16 - 8)}px ${Math.round(Math.random() * 16 - 8)}px`;

  function take(dot) {
    if (path.includes(dot)) return;
    const last = path.at(-1);
    if (last !== undefined) {
      const row = Math.floor(last / 3) + Math.floor(dot / 3), column = (last % 3) + (dot % 3);
      const between = (row / 2) * 3 + column / 2;
      if (row % 2 === 0 && column % 2 === 0 && !path.includes(between)) path.push(between);
    }
    path.push(dot);
    draw();
    grid.dispatchEvent(new Event("typed", { bubbles: true }));
  }
  function draw(event) {
    const button = root().querySelector("[data-trail]");
    const visible = button?.getAttribute("aria-pressed") === "true";
    dots.forEach((dot, i) => dot.classList.toggle("on", visible && path.includes(i)));
    if (!visible && path.length) dots[path.at(-1)].classList.add("on");
    let points = visible ? path.map(place) : [];
    if (visible && pointer !== null && event) points.push(where(event));
    trail.setAttribute("points", points.map((p) => p.join(",")).join(" "));
  }
  const place = (dot) => [50 + 100 * (dot % 3), 50 + 100 * Math.floor(dot / 3)];
  function where(event) {
    const box = svg.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * 300, ((event.clientY - box.top) / box.height) * 300];
  }
  function touch(event) {
    const [x, y] = where(event);
    dots.forEach((_, i) => {
      const [dx, dy] = place(i);
      if (Math.hypot(x - dx, y - dy) < 36) take(i);
    });
    draw(event);
  }
  async function done() {
    const drawn = path;
    few.hidden = drawn.length === 0 || drawn.length >= least;
    path = [];
    draw();
    if (drawn.length >= least) await send("pattern", drawn.join(""));
  }

  grid.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    grid.focus({ preventScroll: true });
    grid.releasePointerCapture(event.pointerId);
    pointer = event.pointerId;
    path = [];
    few.hidden = true;
    touch(event);
  });
  grid.addEventListener("drawn", () => {
    const button = root().querySelector("[data-trail]");
    button?.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      draw();
    });
    draw();
  });
  const gone = new AbortController();
  const on = (type, act) =>
    document.addEventListener(type, (event) => (grid.isConnected ? act(event) : gone.abort()), { signal: gone.signal });
  on("pointermove", (event) => event.pointerId === pointer && touch(event));
  for (const end of ["pointerup", "pointercancel"]) {
    on(end, (event) => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      done();
    });
  }
  on("keydown", (event) => {
    if (root().querySelector("dialog").open) return;
    if (/^[1-9]$/.test(event.key)) take(Number(event.key) - 1);
    else if (event.key === "Backspace") {
      path.pop();
      draw();
    }
    else if (event.key === "Enter" && path.length && !document.activeElement?.closest("button")) {
      event.preventDefault();
      done();
    }
  });
}
