// What a phone keeps between visits: the last list and records not yet received, both encrypted.
//
// The list is sealed with a key that lives in a cookie of the session: the browser drops the cookie after
// 72 hours or when the session ends, and what is left cannot be read. Records (outcomes, tries, notes) are
// sealed with a key of the device that script cannot read out, so that a session that ends loses none.

export const KEPT_MS = 72 * 60 * 60 * 1000;
const DATABASE = "zhaoren";
const KEY_COOKIE = "zr_list_key";

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("list");
      request.result.createObjectStore("records", { keyPath: "id" });
      request.result.createObjectStore("keys");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// Resolves when the transaction is on disk, not when the request succeeded.
async function write(store, change) {
  const database = await open();
  try {
    await new Promise((resolve, reject) => {
      const work = database.transaction(store, "readwrite", { durability: "strict" });
      work.oncomplete = resolve;
      work.onabort = work.onerror = () => reject(work.error);
      change(work.objectStore(store));
    });
  } finally {
    database.close();
  }
}

async function read(store, ask) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const request = ask(database.transaction(store, "readonly").objectStore(store));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } finally {
    database.close();
  }
}

function listSecret() {
  const found = document.cookie.split("; ").find((part) => part.startsWith(KEY_COOKIE + "="));
  return found ? found.slice(KEY_COOKIE.length + 1) : null;
}

async function listKey() {
  const secret = listSecret();
  if (!secret) return null;
  const bytes = Uint8Array.from(atob(secret.replaceAll("-", "+").replaceAll("_", "/")), (c) =>
    c.charCodeAt(0),
  );
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

async function deviceKey() {
  const kept = await read("keys", (keys) => keys.get("records"));
  if (kept) return kept;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
  await write("keys", (keys) => keys.put(made, "records"));
  return made;
}

async function seal(key, value) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(JSON.stringify(value));
  return { iv, sealed: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, plain) };
}

async function unseal(key, { iv, sealed }) {
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed);
  return JSON.parse(new TextDecoder().decode(plain));
}

export async function keepList(list) {
  const key = await listKey();
  if (!key) return forgetList();
  const value = await seal(key, list);
  await write("list", (lists) => lists.put(value, "last"));
}

// Null when there is none, its key is gone, or it is too old to go by.
export async function keptList() {
  const key = await listKey();
  const value = await read("list", (lists) => lists.get("last"));
  if (!key || !value) return null;
  try {
    const list = await unseal(key, value);
    if (Date.now() - list.at <= KEPT_MS) return list;
  } catch {
    return null;
  }
  await forgetList();
  return null;
}

export async function forgetList() {
  await write("list", (lists) => lists.clear());
}

export async function keepRecord(record) {
  const value = await seal(await deviceKey(), record);
  await write("records", (records) => records.put({ id: record.id, ...value }));
}

export async function keptRecords() {
  const values = await read("records", (records) => records.getAll());
  if (values.length === 0) return [];
  const key = await deviceKey();
  return Promise.all(values.map((value) => unseal(key, value)));
}

export async function forgetRecord(id) {
  await write("records", (records) => records.delete(id));
}
