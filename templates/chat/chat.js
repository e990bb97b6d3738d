// The chat page.  Words come from index.html; this file knows none of them.
//
// What the citizen sends waits in localStorage (photos in IndexedDB) until the server has
// committed it; every message has an id of its own, so sending it twice has one effect.
const $ = (id) => document.getElementById(id);
const find = (node, query) => node.querySelector(query);
const words = document.body.dataset;
const [scroll, log, older, down, typing, banner, text, tray, info] =
  ["scroll", "log", "older", "down", "typing", "banner", "text", "tray", "info"].map($);
const API = "/api/chat";
const MOST = 16 * 2 ** 20, LARGE = 1.5e6, SIDE = 2560;
const MINE = "loket:", DRAFT = "loket-draft";
const born = Date.now();

const bubbles = new Map(); // id -> article
let title = document.title, last = 0, synced = 0, spoke = 0, office = "", offset = 0, unseen = 0;
let stuck = true, started = false, blocked = false, source = null;
let link = new URLSearchParams(location.search).get("to") || "";
const linkId = uuid();

// --- small things ---

function uuid() {
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 15) | 64;
  b[8] = (b[8] & 63) | 128;
  const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

const copy = (name) => $(name).content.firstElementChild.cloneNode(true);
const now = () => new Date(Date.now() + offset);
const format = (options) => new Intl.DateTimeFormat("id-ID", { timeZone: words.zone, ...options });
const clock = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const daily = format({ year: "numeric", month: "2-digit", day: "2-digit" });
const longDay = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
// localStorage may be full or forbidden: then unsent messages live as long as the page
const attempt = (work) => { try { return work(); } catch { return null; } };
const kept = {
  get: (key) => attempt(() => localStorage.getItem(key)),
  set: (key, value) => attempt(() => localStorage.setItem(key, value)),
  drop: (key) => attempt(() => localStorage.removeItem(key)),
  keys: () => attempt(() => Object.keys(localStorage)) || [],
};

let wake = () => {};
const rest = (seconds) => new Promise((done) => {
  const timer = setTimeout(done, seconds * 1000);
  wake = () => { clearTimeout(timer); done(); };
});

function dayName(day, at) {
  if (day === daily.format(now())) return words.today;
  if (day === daily.format(new Date(now() - 864e5))) return words.yesterday;
  return longDay.format(at);
}

// --- photos that are not sent yet ---

const memory = new Map(); // id -> Blob
const finished = (request) => new Promise((done) => {
  request.onsuccess = () => done(request.result);
  request.onerror = () => done(null);
});
const shop = attempt(() => {
  const request = indexedDB.open("loket", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("files");
  return finished(request);
});
async function shelf(work) {
  const base = await shop;
  return attempt(() => finished(work(base.transaction("files", "readwrite").objectStore("files"))));
}

/** A photo no larger than an office needs; whatever cannot be made smaller stays as it is. */
async function shrink(file) {
  if (!/^image\/(jpeg|png|webp)$/.test(file.type) || file.size <= LARGE) return file;
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, SIDE / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    image.close();
    const small = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    return small && small.size < file.size ? small : file;
  } catch { return file; }
}

// --- what is seen ---

const toEnd = () => { scroll.scrollTop = scroll.scrollHeight; };
const isImage = (name, type) => !/pdf/i.test(type || "") && !/\.pdf$/i.test(name || "");

function write(node, message) {
  if (message.from === "me") { node.textContent = message.text; return; }
  for (const part of message.text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/)) {
    if (!/^https?:\/\//.test(part)) { node.append(part); continue; }
    const a = document.createElement("a");
    a.href = a.textContent = part;
    a.target = "_blank";
    a.rel = "noopener noreferrer";
    node.append(a);
  }
}

function showFile(node, file) {
  const figure = find(node, "figure"), [image, caption] = figure.children;
  figure.hidden = false;
  const plain = () => { image.hidden = true; caption.hidden = false; };
  caption.textContent = file.name || words.paper;
  caption.hidden = true;
  image.alt = words.photo;
  image.onerror = plain;
  if (file.kind) image.alt = words.picture;
  if (file.kind && file.kind !== "photo") {
    caption.textContent = words[file.kind] || words.paper;
    plain();
    return;
  }
  if (!isImage(file.name, file.type)) plain();
  else if (file.url || file.id) image.src = file.url || `${API}/files/${encodeURIComponent(file.id)}`;
}

function render(message) {
  const node = copy("t-message"), at = new Date(message.at), part = (q) => find(node, q);
  node.className = `${message.from}${message.file ? " file" : ""}`;
  node.dataset.day = daily.format(at);
  node.at = at;
  part(".who").textContent = message.from === "me" ? words.me : words.office;
  write(part(".text"), message);
  part("time").textContent = clock.format(at);
  part("time").dateTime = at.toISOString();
  if (message.file) showFile(node, message.file);
  if (message.token) node.dataset.token = message.token;
  if (message.quote && bubbles.has(message.quote)) quote(part(".quote"), bubbles.get(message.quote));
  const choices = part(".choices");
  for (const each of message.choices || []) choices.append(choice(each));
  if (message.file && message.from === "office") choices.append(choice({ label: words.open, url: message.file.url || `${API}/files/${message.file.id}/whole` }));
  choices.hidden = !choices.firstChild;
  return node;
}

function quote(button, target) {
  const image = find(target, "figure img"), said = find(target, ".text").textContent;
  button.hidden = false;
  if (image.src && !image.hidden) {
    button.firstChild.src = image.src;
    button.firstChild.hidden = false;
  }
  const name = button.firstChild.hidden ? find(target, "figcaption").textContent : words.photo;
  button.lastChild.textContent = said || name;
  button.onclick = () => target.scrollIntoView({ block: "center" });
}

function choice(each) {
  const button = copy(each.url ? "t-link" : "t-choice");
  button.lastElementChild.textContent = each.label;
  if (each.url) { button.href = each.url; return button; }
  button.firstElementChild.textContent = each.number || "";
  button.dataset.token = each.token;
  button.onclick = (event) => {
    send({ token: each.token, label: each.label });
    if (event.detail === 0 || matchMedia("(pointer: fine)").matches) text.focus();
  };
  return button;
}

/** Puts a message in its place, with the name of the day where a new one begins. */
function insert(node, before = null) {
  let above = before ? before.previousElementSibling : log.lastElementChild;
  if (before && before.dataset.day !== node.dataset.day && above && above.matches(".day")) {
    before = above;
    above = before.previousElementSibling;
  }
  if (!above || above.dataset.day !== node.dataset.day) {
    const day = copy("t-day");
    day.dataset.day = node.dataset.day;
    day.textContent = dayName(node.dataset.day, node.at);
    log.insertBefore(day, before);
  }
  log.insertBefore(node, before);
}

/** Only what the office said since the citizen's last word can be tapped. */
function refresh() {
  let open = true, taken = "";
  for (const node of [...log.querySelectorAll("article")].reverse()) {
    if (node.className.startsWith("me")) {
      open = false;
      taken = node.dataset.token || "";
      continue;
    }
    for (const button of node.querySelectorAll("button.choice")) {
      button.disabled = !open;
      button.classList.toggle("taken", !open && button.dataset.token === taken);
    }
  }
}

/** The first bubble that waits: what is said now stands above it. */
function unsent() {
  const item = queue.find((each) => !each.busy && bubbles.has(each.id));
  return item ? bubbles.get(item.id) : null;
}

/** Messages in their order, those among them that are shown already included. */
function merge(messages, quiet, next = unsent()) {
  const places = [];
  for (const each of [...messages].reverse()) {
    places.unshift(next);
    next = bubbles.get(each.id) || next;
  }
  messages.forEach((each, place) => receive(each, quiet, places[place]));
}

/** A message from the server: new, or one of ours that is known to have arrived. */
function receive(message, quiet = false, before = unsent()) {
  if (message.from === "office") last = Math.max(last, Number(message.id));
  const known = bubbles.get(message.id);
  if (known) {
    if (message.from === "me") settle(message.id);
    return;
  }
  const node = render(message);
  if (message.from === "me") state(node, "sent");
  bubbles.set(message.id, node);
  insert(node, before);
  if (quiet) return;
  refresh();
  if (message.from !== "office") return;
  expect(0);
  if (document.hidden) document.title = `(${++unseen}) ${title}`;
  if (stuck) toEnd();
  else down.hidden = false;
}

function state(node, name) {
  for (const each of ["sending", "waiting", "sent", "refused"]) node.classList.toggle(each, each === name);
  find(node, ".said").textContent = words[name] || "";
  find(node, "progress").hidden = !(name === "sending" && node.uploads);
}

let dots = 0, awaited = false;
/** An answer is due within so many seconds; 0: it came, or none will. */
function expect(seconds, delay = 0) {
  clearTimeout(dots);
  awaited = seconds > 0;
  if (!awaited || delay) typing.hidden = true;
  if (!awaited) return;
  dots = setTimeout(() => {
    typing.hidden = false;
    if (stuck) toEnd();
    dots = setTimeout(expect, seconds * 1000, 0);
  }, delay);
}

// --- sending ---

const queue = []; // oldest first: {id, at, text | token+label | file, …}
let pumping = false;

function send(item) {
  Object.assign(item, { id: uuid(), at: now().toISOString() });
  enqueue(item);
  stuck = true;
  spoke = Date.now();
  toEnd();
  pump();
}

function enqueue(item) {
  const file = item.file && { name: item.file, type: item.type, url: item.url };
  const node = render({ from: "me", text: item.text || item.label || "", token: item.token, file, at: item.at });
  node.uploads = Boolean(item.file);
  bubbles.set(item.id, node);
  queue.push(item);
  insert(node);
  state(node, "sending");
  refresh();
  keep(item);
  if (!item.file || item.url) return;
  shelf((files) => files.get(item.id)).then((blob) => {
    if (blob) find(node, "img").src = URL.createObjectURL(blob);
  });
}

function keep(item) {
  const { id, at, text: said, token, label, file, type, album, sent = born } = item;
  kept.set(MINE + id, JSON.stringify({ id, at, text: said, token, label, file, type, album, born: sent }));
}

function settle(id) {
  state(bubbles.get(id), "sent");
  find(bubbles.get(id), ".problem").hidden = true;
  forget(id);
}

function forget(id) {
  const place = queue.findIndex((item) => item.id === id);
  if (place >= 0) queue.splice(place, 1);
  kept.drop(MINE + id);
  if (memory.delete(id) || place >= 0) shelf((files) => files.delete(id));
}

/** Sends what waits, one after the other, for as long as it takes. */
async function pump() {
  if (pumping || !started) return;
  pumping = true;
  let pause = 1;
  while (queue.length) {
    const item = queue[0], node = bubbles.get(item.id);
    item.busy = true;
    const answer = await deliver(item, node);
    item.busy = false;
    if (!queue.includes(item)) continue;
    if (answer.ok) {
      pause = 1;
      settle(item.id);
      if (awaited) expect(item.file ? 30 : 4);
      if (!office) sync();
    } else if (answer.again) {
      state(node, "waiting");
      expect(0);
      await rest(answer.after || pause);
      pause = Math.min(pause * 2, 20);
    } else {
      refuse(item, node, answer.message);
    }
  }
  pumping = false;
}

async function deliver(item, node) {
  state(node, "sending");
  expect(60, 400);
  try {
    const answer = item.file ? await upload(item, node) : await call("POST", `${API}/messages`, body(item));
    if (answer.status === 401) return { again: true, after: (await restart()) ? 0.1 : 5 };
    if (answer.ok && source.readyState === EventSource.OPEN) connected(true);
    if (answer.ok) return answer;
    const again = answer.status === 429 || answer.status >= 500;
    return { again, after: answer.after, message: answer.data.message };
  } catch (error) {
    if (error === words.gone || error === words.big) return { message: error };
    connected(false);
    return { again: true };
  }
}

const body = (item) => (item.token ? { id: item.id, token: item.token } : { id: item.id, text: item.text });

async function upload(item, node) {
  if (item.ready) await item.ready;
  const blob = memory.get(item.id) || (await shelf((files) => files.get(item.id)));
  if (!blob) throw words.gone;
  if (blob.size > MOST) throw words.big;
  const form = new FormData();
  form.append("id", item.id);
  form.append("caption", item.text || "");
  form.append("album", item.album || "");
  form.append("file", blob, item.file);
  const bar = find(node, "progress");
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    let watch = 0;
    const alive = () => { clearTimeout(watch); watch = setTimeout(() => request.abort(), 45e3); };
    request.open("POST", `${API}/files`);
    request.upload.onprogress = (event) => { alive(); bar.value = event.loaded / event.total; };
    const header = (name) => request.getResponseHeader(name);
    request.onload = () => done(reply(request.status, header("Retry-After"), request.responseText));
    request.onerror = request.onabort = failed;
    request.onloadend = () => clearTimeout(watch);
    alive();
    request.send(form);
  });
}

function refuse(item, node, message) {
  queue.splice(queue.indexOf(item), 1);
  expect(0);
  state(node, "refused");
  const problem = find(node, ".problem");
  problem.hidden = false;
  problem.firstChild.textContent = message || words.refused;
  find(problem, ".again").onclick = () => {
    problem.hidden = true;
    queue.push(item);
    text.focus();
    pump();
  };
  find(problem, ".remove").onclick = () => {
    forget(item.id);
    bubbles.delete(item.id);
    node.remove();
    refresh();
    text.focus();
  };
  if (stuck) toEnd();
}

/** Messages of an earlier visit that the server has not acknowledged. */
function restore(fresh) {
  const items = kept.keys().filter((key) => key.startsWith(MINE))
    .map((key) => attempt(() => JSON.parse(kept.get(key)))).filter(Boolean);
  for (const { born: sent, ...item } of items.sort((a, b) => (a.at < b.at ? -1 : 1))) {
    if (bubbles.has(item.id)) {
      if (!queue.some((each) => each.id === item.id)) forget(item.id);
    } else if (fresh && sent < born) {
      forget(item.id); // they were meant for a chat that is closed
    } else {
      enqueue({ ...item, sent });
    }
  }
}

// --- the server ---

function reply(status, after, content) {
  const data = attempt(() => JSON.parse(content)) || {};
  return { ok: status >= 200 && status < 300, status, after: Number(after), data };
}

async function call(method, path, data) {
  const stop = new AbortController(), timer = setTimeout(() => stop.abort(), 20e3);
  try {
    const answer = await fetch(path, {
      method,
      signal: stop.signal,
      headers: data && { "Content-Type": "application/json" },
      body: data && JSON.stringify(data),
    });
    return reply(answer.status, answer.headers.get("Retry-After"), await answer.text());
  } finally { clearTimeout(timer); }
}

/** Opens or recognises the chat and shows it; false when that was not possible. */
async function restart() {
  if (blocked) return false;
  try {
    const opened = await call("POST", API, { link: link.slice(0, 64), id: linkId });
    if (!opened.ok) return false;
    offset = Date.parse(opened.data.now) - Date.now();
    link = "";
    history.replaceState(null, "", location.pathname);
    const page = await call("GET", `${API}/messages`);
    if (page.status === 401) {
      blocked = true;
      tell(words.cookies);
    }
    if (!page.ok) return false;
    if (opened.data.new && started) clear();
    show(page.data);
    restore(opened.data.new && !started);
    refresh();
    started = true;
    toEnd();
    listen();
    return true;
  } catch { return false; }
}

async function start() {
  for (let pause = 1; !(await restart()); pause = Math.min(pause * 2, 20)) {
    if (blocked) return;
    connected(false);
    await rest(pause);
  }
  $("opening").hidden = true;
  pump();
}

function clear() {
  log.textContent = "";
  bubbles.clear();
  for (const item of queue.splice(0)) enqueue(item);
  last = synced = 0;
}

/** Lets a screen reader pass over messages of the past. */
function hush() {
  log.setAttribute("aria-live", "off");
  setTimeout(() => log.setAttribute("aria-live", "polite"), 500);
}

function show(page) {
  if (page.messages.length > 3) hush();
  merge(page.messages, true);
  mark(page);
  older.hidden = !page.more;
  named(page.office);
}

function named(name) {
  if (!name || name === office) return;
  office = name;
  $("office").textContent = name;
  title = document.title = `${name} · Loket`;
  for (const each of $("offices").children) each.hidden = each.dataset.office !== name;
}

const mark = ({ messages }) => { if (messages.length) synced = messages[messages.length - 1].id; };

/** What was said elsewhere: in another window, or while this one slept. */
async function sync() {
  if (!started) return;
  const page = await call("GET", `${API}/messages?after=${synced}`).catch(() => ({}));
  if (!page.ok) return; // the stream will bring it
  named(page.data.office);
  merge(page.data.messages, false);
  mark(page.data);
}

async function showOlder() {
  const first = find(log, "article"), id = [...bubbles].find(([, node]) => node === first)[0];
  const page = await call("GET", `${API}/messages?before=${id}`).catch(() => ({}));
  if (!page.ok) return;
  const height = scroll.scrollHeight;
  hush();
  merge(page.data.messages, true, first);
  refresh();
  older.hidden = !page.data.more;
  scroll.scrollTop += scroll.scrollHeight - height;
  if (older.hidden) scroll.focus({ preventScroll: true });
}

function listen() {
  if (source) source.close();
  const mine = (source = new EventSource(`${API}/events?after=${last}`));
  source.onopen = () => connected(true);
  source.onmessage = (event) => {
    receive(JSON.parse(event.data));
    if (Date.now() - spoke > 20e3) sync(); // perhaps it answers another window
  };
  source.onerror = () => {
    connected(false);
    if (mine.readyState === EventSource.CLOSED) {
      setTimeout(async () => { if (mine === source && !(await restart())) mine.onerror(); }, 4000);
    }
  };
}

let doubt = 0;
function connected(yes) {
  if (yes) {
    clearTimeout(doubt);
    doubt = 0;
    tell("");
    wake();
  } else if (!navigator.onLine) tell(words.offline);
  else doubt = doubt || setTimeout(() => tell(navigator.onLine ? words.again : words.offline), 2500);
}

function tell(words) {
  if (banner.textContent !== words) banner.textContent = words;
  banner.hidden = !words;
}

// --- writing ---

const chosen = []; // {file, url, ready}: photos that wait for "send"

function grow() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 3}px`;
  kept.set(DRAFT, text.value);
}

function choose(files) {
  for (const file of files) {
    const each = { file, url: URL.createObjectURL(file), ready: shrink(file) };
    const node = copy("t-chosen"), image = find(node, "img");
    chosen.push(each);
    if (isImage(file.name, file.type)) image.src = each.url;
    find(node, "span").textContent = file.name;
    const button = find(node, "button");
    button.setAttribute("aria-label", `${button.getAttribute("aria-label")}: ${file.name}`);
    button.onclick = () => {
      chosen.splice(chosen.indexOf(each), 1);
      node.remove();
      tidy();
      text.focus();
    };
    tray.append(node);
  }
  tidy();
  if (chosen.length) (matchMedia("(pointer: fine)").matches ? text : $("send")).focus();
}

function tidy() {
  tray.hidden = !chosen.length;
  text.placeholder = chosen.length ? words.caption : words.write;
  if (stuck) toEnd();
}

function submit() {
  const said = text.value.trim();
  if (!said && !chosen.length) return;
  const album = chosen.length > 1 ? uuid() : "";
  chosen.forEach(({ file, url, ready }, place) => {
    const item = { file: file.name || words.photo, type: file.type, url, album, text: place ? "" : said };
    item.ready = ready.then((blob) => {
      memory.set(item.id, blob);
      return shelf((files) => files.put(blob, item.id));
    });
    send(item);
  });
  if (!chosen.length) send({ text: said });
  chosen.length = 0;
  tray.textContent = "";
  text.value = "";
  tidy();
  grow();
}

$("composer").onsubmit = (event) => { event.preventDefault(); submit(); text.focus(); };
text.oninput = grow;
text.onkeydown = (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
};
text.onpaste = (event) => {
  if (!event.clipboardData.files.length) return;
  event.preventDefault();
  choose(event.clipboardData.files);
};
$("pick").onclick = () => $("files").click();
$("files").onchange = (event) => {
  choose([...event.target.files]);
  event.target.value = "";
};

const carriesFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
document.ondragover = (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  $("drop").hidden = false;
};
document.ondragleave = (event) => { if (!event.relatedTarget) $("drop").hidden = true; };
document.ondrop = (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  $("drop").hidden = true;
  choose(event.dataTransfer.files);
};

document.onkeydown = (event) => {
  if (event.key === "Escape" && info.open) {
    info.open = false;
    info.firstElementChild.focus();
  } else if (event.key === "Escape" && chosen.length) {
    find(tray, "li:last-child button").click();
  } else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey
             && [document.body, scroll].includes(document.activeElement)) {
    text.focus(); // whoever types, writes
  }
};
document.onclick = (event) => { if (!info.contains(event.target)) info.open = false; };

// --- the window ---

scroll.onscroll = () => {
  stuck = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 90;
  if (stuck) down.hidden = true;
};
down.onclick = () => { toEnd(); text.focus({ preventScroll: true }); };
older.onclick = showOlder;
const sizes = new ResizeObserver(() => { if (stuck) toEnd(); });
sizes.observe(scroll);
sizes.observe(log);
if (window.visualViewport) {
  const fit = () => document.documentElement.style.setProperty("--seen", `${visualViewport.height}px`);
  visualViewport.onresize = () => { if (visualViewport.scale === 1) fit(); };
}

document.onvisibilitychange = () => {
  if (document.hidden) return;
  unseen = 0;
  document.title = title;
  wake();
  sync();
};
window.ononline = () => { wake(); if (started) listen(); };
window.onoffline = () => connected(false);
window.onpagehide = () => { if (source) source.close(); };
window.onpageshow = (event) => { if (event.persisted && started) restart(); };

$("forget").onclick = async () => {
  const answer = await call("DELETE", API).catch(() => ({}));
  if (!answer.ok) { connected(false); return; }
  source.close();
  for (const item of [...queue]) forget(item.id);
  await shelf((files) => files.clear());
  kept.drop(DRAFT);
  location.reload();
};

text.value = kept.get(DRAFT) || "";
grow();
if (matchMedia("(pointer: fine)").matches) text.focus();
start();
