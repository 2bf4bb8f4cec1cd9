// Outcomes on their way: kept on the phone first, shown as received only once the receipt is kept too.

import { forgetList, keepOutcome, keptOutcomes } from "./kept.js";

const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 5 * 60 * 1000;
let wait = FIRST_WAIT_MS;
let timer = null;
let running = null;

// What the server answered, in the words of the page: received, looked_at (kept, a supervisor looks at
// it), signed_out, refused (it will never be taken as it is) or waiting (try again).
async function post(outcome) {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(outcome.fields))
    for (const one of [value].flat()) body.append(name, one);
  const abort = new AbortController();
  const cut = setTimeout(() => abort.abort(), 20_000);
  try {
    const answer = await fetch("/pages/outcomes", {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      signal: abort.signal,
    });
    if (answer.status === 401) return { state: "signed_out" };
    if (answer.status === 422) return { state: "refused" };
    if (!answer.ok) return { state: "waiting" };
    const receipt = await answer.json();
    return { state: receipt.counts ? "received" : "looked_at", receipt };
  } catch {
    return { state: "waiting" };
  } finally {
    clearTimeout(cut);
  }
}

async function sendAll(show) {
  for (const outcome of await keptOutcomes()) {
    if (outcome.state !== "waiting" && outcome.state !== "signed_out") continue;
    const { state, receipt } = await post(outcome);
    if (state === "waiting") return false;
    const answered = { ...outcome, state, receipt };
    await keepOutcome(answered);
    show(answered);
    if (state === "signed_out") {
      await forgetList();
      return true;
    }
  }
  return true;
}

// One run at a time; calls while it runs are answered by the next.
export function send(show) {
  clearTimeout(timer);
  running ??= sendAll(show)
    .catch(() => false)
    .then((done) => {
      running = null;
      wait = done ? FIRST_WAIT_MS : Math.min(wait * 2, LONGEST_WAIT_MS);
      // Stretched by chance: three thousand phones do not come back at one moment.
      if (!done) timer = setTimeout(() => send(show), wait * (1 + Math.random() / 2));
    });
  return running;
}

export function sendSoon(show) {
  wait = FIRST_WAIT_MS;
  return send(show);
}
