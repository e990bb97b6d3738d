// The waiting room's screen: asks for itself anew, changes only what changed, reads calls aloud.
// Without it the page reloads itself every few seconds.
"use strict";

const EVERY = 2500;
const PATIENCE = 8000;
const LOST_AFTER = 2;

const lost = document.querySelector("[data-lost]");
const button = document.querySelector("[data-sound]");
const parts = document.querySelectorAll("[data-part]");
const heard = new Set(calls().map((call) => call.dataset.call));
let failures = 0;
let sound = false;

function calls() {
  return [...document.querySelectorAll("[data-call]")];
}

// --- reading aloud --------------------------------------------------------------------

function say(text) {
  const said = new SpeechSynthesisUtterance(text);
  said.lang = "id-ID";
  said.rate = 0.9;
  const voice = speechSynthesis.getVoices().find((each) => each.lang.replace("_", "-").startsWith("id"));
  if (voice) said.voice = voice;
  speechSynthesis.speak(said);
}

// Browsers let a page speak only after somebody clicked on it.
if ("speechSynthesis" in window) {
  button.hidden = false;
  button.addEventListener("click", () => {
    sound = true;
    button.hidden = true;
    say("");
  });
}

function announce() {
  for (const call of calls()) {
    if (heard.has(call.dataset.call)) continue;
    heard.add(call.dataset.call);
    call.classList.add("fresh");
    if (sound) say(call.dataset.say);
  }
}

// --- staying fresh --------------------------------------------------------------------

function show(page) {
  for (const part of parts) {
    const now = page.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!now) continue;
    if (part.className !== now.className) part.className = now.className;
    if (part.dataset.shown !== now.innerHTML) {
      part.innerHTML = now.innerHTML;
      part.dataset.shown = now.innerHTML;
    }
  }
  announce();
}

async function refresh() {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const answer = await fetch(location.href, { signal: stop.signal, cache: "no-store" });
    if (answer.status === 404) return location.reload();
    if (!answer.ok) throw new Error(answer.status);
    show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    failures = 0;
  } catch {
    failures += 1;
  } finally {
    clearTimeout(timer);
  }
  lost.hidden = failures < LOST_AFTER;
}

async function keep() {
  await refresh();
  setTimeout(keep, EVERY);
}

for (const part of parts) part.dataset.shown = part.innerHTML;
setTimeout(keep, EVERY);
