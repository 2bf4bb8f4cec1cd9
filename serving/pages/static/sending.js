// Records on their way: kept on the phone first, shown as received only once the receipt is kept too.

import { forgetList, keepRecord, keptRecords } from "./kept.js";

const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 5 * 60 * 1000;
// Not allowed, not (any longer) this worker's door, or not filled in as it should be.
const REFUSED = [403, 404, 422];
let wait = FIRST_WAIT_MS;
let timer = null;
let running = null;
let again = false;

// What the server answered, in the words of the page: received, looked_at (kept, a supervisor looks at
// it), signed_out, refused (it will never be taken as it is) or waiting (try again).
async function post(record) {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(record.fields))
    for (const one of [value].flat()) body.append(name, one);
  const abort = new AbortController();
  const cut = setTimeout(() => abort.abort(), 20_000);
  try {
    const answer = await fetch(record.path, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      signal: abort.signal,
    });
    if (answer.status === 401) return { state: "signed_out" };
    if (REFUSED.includes(answer.status)) return { state: "refused" };
    if (!answer.ok) return { state: "waiting" };
    const receipt = await answer.json();
    return { state: receipt.counts ? "received" : "looked_at", receipt };
  } catch {
    return { state: "waiting" };
  } finally {
    clearTimeout(cut);
  }
}

async function sendAll(who, show) {
  for (const record of await keptRecords()) {
    if (record.who !== who || !["waiting", "signed_out"].includes(record.state)) continue;
    const { state, receipt } = await post(record);
    if (state === "waiting") return false;
    const answered = { ...record, state, receipt };
    await keepRecord(answered);
    show(answered);
    if (state === "signed_out") {
      await forgetList();
      return true;
    }
  }
  return true;
}

// One run at a time; what was saved while it ran is sent by the next.
export function send(who, show) {
  clearTimeout(timer);
  if (running !== null) {
    again = true;
    return running;
  }
  running = sendAll(who, show)
    .catch(() => false)
    .then((done) => {
      running = null;
      if (again) {
        again = false;
        return send(who, show);
      }
      wait = done ? FIRST_WAIT_MS : Math.min(wait * 2, LONGEST_WAIT_MS);
      // Stretched by chance: three thousand phones do not come back at one moment.
      if (!done) timer = setTimeout(() => send(who, show), wait * (1 + Math.random() / 2));
    });
  return running;
}

export function sendSoon(who, show) {
  wait = FIRST_WAIT_MS;
  return send(who, show);
}
