// Lets the list open without a network. Keeps only what is the same for everybody: never a list.

const VERSION = "__VERSION__";
const LONGEST_WAIT_MS = 10_000;
const LIST = "/pages/list";
const SHELL = "/pages/shell";
const KEPT = [SHELL, "/pages/static/list.js", "/pages/static/kept.js", "/pages/static/sending.js"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(VERSION).then((cache) => cache.addAll(KEPT)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name !== VERSION) await caches.delete(name);
      await self.clients.claim();
    })(),
  );
});

function later(ms) {
  return new Promise((_, reject) => setTimeout(() => reject(new Error("slow")), ms));
}

async function page(request, instead) {
  try {
    return await Promise.race([fetch(request), later(LONGEST_WAIT_MS)]);
  } catch {
    return (await instead()) ?? Response.error();
  }
}

async function kept(request) {
  return (await caches.match(request)) ?? fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  if (event.request.method !== "GET") return;
  const opens = event.request.mode === "navigate";
  if (opens && pathname === LIST)
    event.respondWith(page(event.request, () => caches.match(SHELL)));
  // A household is not kept on the phone: back to the list, which says that there is no network.
  else if (opens && pathname.startsWith("/pages/households/"))
    event.respondWith(page(event.request, () => Response.redirect(LIST)));
  else if (KEPT.includes(pathname)) event.respondWith(kept(event.request));
});
