// Comfort for the desk; every page works without it.
// Turns and enlarges photos in place, keeps the queue fresh, and knows a few keys.
"use strict";

// --- photos: enlarge, turn, drag ----------------------------------------------------

const WORDS = { larger: "Perbesar", smaller: "Perkecil", turn: "Putar", reset: "Semula" };
const KEYS = { "+": "larger", "=": "larger", "-": "smaller", r: "turn", R: "turn", "0": "reset" };

function enliven(sheet) {
  const link = sheet.firstElementChild;
  sheet.classList.remove("zoom1", "zoom2", "zoom3");
  const image = sheet.querySelector("img");
  let scale = 1;
  let turns = 0;

  function draw() {
    const moved = scale !== 1 || turns !== 0;
    sheet.classList.toggle("moved", moved);
    link.removeAttribute("style");
    image.removeAttribute("style");
    if (!moved || !image.naturalWidth) return;
    const sideways = turns % 2 === 1;
    const wide = sideways ? image.naturalHeight : image.naturalWidth;
    const high = sideways ? image.naturalWidth : image.naturalHeight;
    const fit = Math.min(sheet.clientWidth / wide, sheet.clientHeight / high) * scale;
    image.style.width = `${image.naturalWidth * fit}px`;
    image.style.height = `${image.naturalHeight * fit}px`;
    image.style.transform = `translate(-50%, -50%) rotate(${turns * 90}deg)`;
    link.style.width = `${Math.max(wide * fit, sheet.clientWidth)}px`;
    link.style.height = `${Math.max(high * fit, sheet.clientHeight)}px`;
  }

  const actions = {
    larger: () => { scale = Math.min(6, scale * 1.5); },
    smaller: () => { scale = Math.max(1, scale / 1.5); },
    turn: () => { turns = (turns + 1) % 4; },
    reset: () => { scale = 1; turns = 0; },
  };

  function act(name) {
    const across = (sheet.scrollLeft + sheet.clientWidth / 2) / sheet.scrollWidth;
    const down = (sheet.scrollTop + sheet.clientHeight / 2) / sheet.scrollHeight;
    actions[name]();
    draw();
    sheet.scrollLeft = across * sheet.scrollWidth - sheet.clientWidth / 2;
    sheet.scrollTop = down * sheet.scrollHeight - sheet.clientHeight / 2;
  }

  // The viewer's page has links that do the same by asking for the page anew.
  const given = document.querySelector("[data-tools]");
  if (given) {
    for (const tool of given.querySelectorAll("[data-act]")) {
      tool.setAttribute("role", "button");
      tool.addEventListener("click", (event) => { event.preventDefault(); act(tool.dataset.act); });
    }
    document.addEventListener("keydown", (event) => { if (!writes(event)) pressed(event); });
  } else {
    const tools = document.createElement("div");
    tools.className = "tools";
    for (const [name, word] of Object.entries(WORDS)) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "quiet";
      button.textContent = word;
      button.addEventListener("click", () => act(name));
      tools.append(button);
    }
    sheet.before(tools);
    sheet.addEventListener("keydown", pressed);
  }

  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
    event.preventDefault();
    act(KEYS[event.key]);
  }

  sheet.tabIndex = 0;
  sheet.setAttribute("role", "group");
  sheet.setAttribute("aria-label", image.alt);
  // Dragging moves an enlarged photo; a drag is not a click on its link.
  let from = null;
  let dragged = false;
  sheet.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    from = { x: event.clientX, y: event.clientY, left: sheet.scrollLeft, top: sheet.scrollTop };
    dragged = false;
  });
  sheet.addEventListener("pointermove", (event) => {
    if (!from) return;
    dragged = dragged || Math.abs(event.clientX - from.x) + Math.abs(event.clientY - from.y) > 6;
    sheet.scrollLeft = from.left - (event.clientX - from.x);
    sheet.scrollTop = from.top - (event.clientY - from.y);
  });
  window.addEventListener("pointerup", () => { from = null; });
  image.draggable = false;
  link.draggable = false;
  link.addEventListener("click", (event) => { if (dragged) event.preventDefault(); });
  window.addEventListener("resize", draw);
}

function writes(event) {
  return Boolean(event.target.closest("input, textarea, select"));
}

document.querySelectorAll("[data-sheet]").forEach(enliven);

// --- links that have a key: the photo before and after, the way back ----------------

document.querySelectorAll(".keys").forEach((help) => { help.hidden = false; });
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || writes(event)) return;
  const sheet = event.target.closest(".sheet.moved");
  const link = document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`);
  if (!link || (sheet && event.key.startsWith("Arrow"))) return;
  event.preventDefault();
  link.click();
});

// --- the queue: fresh by itself, unless somebody is writing -------------------------

const EVERY = 20000;
const fresh = document.querySelectorAll("[data-fresh]");

function busy(part) {
  const here = part.contains(document.activeElement) && document.activeElement !== document.body;
  return here || [...part.querySelectorAll("textarea")].some((box) => box.value !== box.defaultValue);
}

function renew(part, now) {
  const opened = [...part.querySelectorAll("details[open] form")].map((form) => form.action);
  part.innerHTML = now.innerHTML;
  for (const form of part.querySelectorAll("details form")) {
    if (opened.includes(form.action)) form.closest("details").open = true;
  }
}

async function refresh() {
  if (document.hidden) return;
  const answer = await fetch(location.href, { headers: { "Loket-Refresh": "1" } });
  if (answer.redirected && ![...fresh].some(busy)) location.reload();
  if (answer.redirected || !answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.title = page.title;
  for (const part of fresh) {
    const now = page.querySelector(`[data-fresh="${part.dataset.fresh}"]`);
    if (now && !busy(part)) renew(part, now);
  }
}

if (fresh.length) {
  const again = () => refresh().catch(() => {});
  setInterval(again, EVERY);
  document.addEventListener("visibilitychange", again);
}

// --- small things -------------------------------------------------------------------

document.querySelectorAll("select[data-go]").forEach((select) => {
  select.form.querySelector("button").hidden = true;
  select.addEventListener("change", () => {
    for (const each of select.form.querySelectorAll("select")) each.disabled = !each.value;
    select.form.submit();
  });
});

document.addEventListener("submit", (event) => {
  const button = event.target.querySelector("button:not([type=button])");
  if (button) setTimeout(() => { button.disabled = true; }, 0);
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("button[disabled]").forEach((button) => { button.disabled = false; });
});

// --- a broadcast: its people and cost are counted anew while they are chosen -----------

const counted = document.querySelector("[data-counted]");
let counting = 0;
let asked = 0;

async function recount(form) {
  const mine = (asked += 1);
  const given = new FormData(form);
  given.set("file", new File([], ""));
  given.set("deed", "count");
  const answer = await fetch(form.action, { method: "POST", body: given });
  if (!answer.ok || answer.redirected || mine !== asked) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelectorAll(".counted").forEach((card) => card.remove());
  counted.replaceChildren(...page.querySelectorAll(".counted"));
}

if (counted) {
  const form = counted.closest("form");
  form.addEventListener("change", (event) => {
    if (event.target.type === "file") return;
    clearTimeout(counting);
    counting = setTimeout(() => recount(form).catch(() => {}), 500);
  });
}

// --- keys of the queue: down and up, search, help -----------------------------------

const keyboard = document.getElementById("keyboard");
if (keyboard) keyboard.hidden = false;

function step(by) {
  const lines = [...document.querySelectorAll("a.line")];
  const at = lines.indexOf(document.activeElement);
  const to = at < 0 ? (by > 0 ? 0 : lines.length - 1) : at + by;
  if (lines[to]) lines[to].focus();
}

const QUEUE = {
  j: () => step(1),
  k: () => step(-1),
  "/": () => document.getElementById("number").focus(),
  "?": () => {
    keyboard.open = !keyboard.open;
    if (keyboard.open) keyboard.querySelector("summary").focus();
  },
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || writes(event)) return;
  const search = document.getElementById("number");
  if (!search || !QUEUE[event.key] || (event.key === "?" && !keyboard)) return;
  event.preventDefault();
  QUEUE[event.key]();
});


// How long a text gets with its variables at their longest, and what each channel takes.
const PLAIN = /^[\x00-\x5f\x61-\x7f]*$/;
const DOUBLE = /[\[\]\\^{|}~]/g;

function smsParts(text, more) {
  const plain = PLAIN.test(text);
  const size = text.length + more + (plain ? (text.match(DOUBLE) || []).length : 0);
  const [alone, joined] = plain ? [160, 153] : [70, 67];
  return size <= alone ? 1 : Math.ceil(size / joined);
}

document.querySelectorAll("[data-count]").forEach((box) => {
  const lines = document.getElementById(box.dataset.count).querySelectorAll("[data-room]");
  const count = () => {
    const text = box.value.trim()
      .replaceAll("{name}", "n".repeat(box.dataset.name))
      .replaceAll("{office}", "n".repeat(box.dataset.office));
    for (const line of lines) {
      const { room, channel, label } = line.dataset;
      const parts = channel === "sms" ? `, ${smsParts(text, Number(box.dataset.more))} bagian` : "";
      line.textContent = `${label}: ${text.length} dari ${Number(room).toLocaleString("id-ID")} huruf${parts}`;
      line.classList.toggle("over", text.length > room);
    }
  };
  box.addEventListener("input", count);
  count();
});
