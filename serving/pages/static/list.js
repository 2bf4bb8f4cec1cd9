// The list page with script: its forms are answered here, and the page still opens without a network.

import { forgetRecord, keepList, keepRecord, KEPT_MS, keptList, keptRecords } from "./kept.js";
import { sendSoon } from "./sending.js";

const main = document.querySelector("main");
const words = document.body.dataset;
const isShell = main.dataset.shell !== undefined;
// Whose list this is: what somebody else saved on this phone waits for them.
let who = main.dataset.who ?? null;

function card(record) {
  return document.getElementById("a-" + record.fields.alert_id);
}

function isUnsent(record) {
  return record.state === "waiting" || record.state === "signed_out";
}

function show(record) {
  const line = card(record)?.querySelector(`.told[data-kind=${record.kind}]`);
  // What the server wrote says more than that it arrived.
  if (line && !(record.state === "received" && line.dataset.state === "received")) {
    line.textContent = `${words[record.kind]}：${words[record.state]}`;
    line.dataset.state = record.state;
  }
  count();
}

function tell(id, number) {
  const bar = document.getElementById(id);
  bar.hidden = number === 0;
  bar.querySelector("b").textContent = number;
}

async function count() {
  const mine = (await keptRecords()).filter((record) => who === null || record.who === who);
  tell("unsent", mine.filter(isUnsent).length);
  tell("refused", mine.filter((record) => record.state === "refused" && !card(record)).length);
}

function record(form) {
  const fields = {};
  for (const [name, value] of new FormData(form))
    fields[name] = name in fields ? [fields[name], value].flat() : value;
  // Made on this phone at the moment of saving; resent with the same id until there is a receipt.
  fields.id = crypto.randomUUID();
  fields.device_at = new Date().toISOString();
  const { kind } = form.dataset;
  const path = form.getAttribute("action");
  return { id: fields.id, kind, path, state: "waiting", saved: Date.now(), who, fields };
}

async function save(event) {
  const form = event.target.closest("form[data-kind]");
  if (form === null) return;
  event.preventDefault();
  let saved;
  try {
    saved = record(form);
    await keepRecord(saved);
  } catch {
    // No room or no right to keep anything: let the browser send the form as it would without script.
    form.submit();
    return;
  }
  form.closest("details").open = false;
  form.reset();
  show(saved);
  sendSoon(who, show);
}

// What was answered is kept as long as the door is on the list, and nothing longer than the list itself.
async function clear() {
  let gone = 0;
  for (const kept of await keptRecords()) {
    const old = Date.now() - kept.saved > KEPT_MS;
    const done = !isUnsent(kept) && kept.state !== "refused";
    if (old || (done && !isShell && card(kept) === null)) await forgetRecord(kept.id);
    if (old && isUnsent(kept)) gone += 1;
  }
  tell("gone", gone);
}

function openKept(kept) {
  main.innerHTML = kept.html;
  who = kept.who;
  document.getElementById("offline").hidden = false;
  // The list may be of yesterday, a visit is of today.
  const today = new Date().toLocaleDateString("sv");
  for (const day of main.querySelectorAll("input[type=date]")) day.defaultValue = day.max = today;
}

async function start() {
  if (isShell) {
    const kept = await keptList();
    if (kept !== null) openKept(kept);
  } else {
    await keepList({ html: main.innerHTML, who, at: Date.now() });
  }
  for (const kept of await keptRecords()) if (kept.who === who) show(kept);
  await count();
  window.addEventListener("online", () => sendSoon(who, show));
  await sendSoon(who, show);
  await clear();
  await count();
  main.dataset.ready = "";
}

// Before anything is awaited: a form saved at once must not leave the page.
document.addEventListener("submit", save);
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/pages/sw.js").catch(() => {});
start();
