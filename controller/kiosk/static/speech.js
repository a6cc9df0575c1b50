// Speaks what the fragment at hand names, once for each view, one recording after the other. The next view
// ends what the one before was saying.
let said = "";
let audio = null;

export function speak(screen) {
  const { view, spoken, volume } = screen.dataset;
  const saying = view + " " + (spoken ?? "");
  if (saying === said) return;
  said = saying;
  audio?.pause();
  audio = null;
  play((spoken ?? "").split(" ").filter(Boolean), Number(volume) / 100, saying);
}

function play([first, ...rest], volume, saying) {
  if (!first || saying !== said) return;
  audio = new Audio(first);
  audio.volume = volume;
  audio.onended = audio.onerror = () => play(rest, volume, saying);
  audio.play().catch(() => {}); // a browser that was not allowed to speak stays silent
}
