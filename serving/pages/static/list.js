// The list page with script: the form is answered here, and the page still opens without a network.

import { forgetOutcome, keepList, keepOutcome, keptList, keptOutcomes } from "./kept.js";
import { sendSoon } from "./sending.js";

const DAY_MS = 24 * 60 * 60 * 1000;
const main = document.querySelector("main");
const words = document.body.dataset;

function card(alertId) {
  return document.getElementById("a-" + alertId);
}

function show(outcome) {
  const here = card(outcome.fields.alert_id);
  if (here === null) return;
  const line = here.querySelector(".told");
  // What the server wrote says more than that it arrived.
  if (outcome.state === "received" && line.dataset.state === "received") return;
  line.textContent = words[outcome.state] ?? "";
  line.dataset.state = outcome.state;
  if (outcome.state !== "refused") here.querySelector("details.record").open = false;
  count();
}

async function count() {
  const waiting = (await keptOutcomes()).filter((outcome) => outcome.state !== "received");
  const unsent = waiting.filter((outcome) => ["waiting", "signed_out"].includes(outcome.state));
  const bar = document.getElementById("unsent");
  bar.hidden = unsent.length === 0;
  bar.querySelector("b").textContent = unsent.length;
}

async function record(event) {
  const form = event.target.closest("form.outcome");
  if (form === null) return;
  event.preventDefault();
  const fields = {};
  for (const [name, value] of new FormData(form)) {
    if (name === "needs") (fields.needs ??= []).push(value);
    else fields[name] = value;
  }
  // Made on this phone at the moment of saving; resent with the same id until there is a receipt.
  fields.outcome_id = crypto.randomUUID();
  fields.device_at = new Date().toISOString();
  const outcome = { outcome_id: fields.outcome_id, state: "waiting", saved: Date.now(), fields };
  try {
    await keepOutcome(outcome);
  } catch {
    // No room or no right to keep anything: let the browser send the form as it would without script.
    form.submit();
    return;
  }
  show(outcome);
  form.reset();
  sendSoon(show);
}

async function start() {
  if (main.dataset.shell !== undefined) {
    const kept = await keptList();
    if (kept === null) return;
    main.innerHTML = kept.html;
    document.getElementById("offline").hidden = false;
  } else if (main.dataset.list !== undefined) {
    await keepList({ html: main.innerHTML, at: Date.now() });
  }
  for (const outcome of await keptOutcomes()) {
    const old = outcome.state === "received" && Date.now() - outcome.saved > 3 * DAY_MS;
    if (old) await forgetOutcome(outcome.outcome_id);
    else show(outcome);
  }
  await count();
  window.addEventListener("online", () => sendSoon(show));
  await sendSoon(show);
}

// Before anything is awaited: a form saved at once must not leave the page.
document.addEventListener("submit", record);
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/pages/sw.js").catch(() => {});
start();
