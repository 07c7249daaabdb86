"use strict";
// Keeps the courier's page for stairwells without network. What couriers do is kept by the page itself, not here.
{% autoescape off %}const VERSION = {{ version }};
const FILES = {{ files }};{% endautoescape %}
const KEPT = `baogong-courier-${VERSION}`;
const [PAGE] = FILES;

// All files of one version, or none: half a page is no page.
self.addEventListener("install", (event) => {
  const fresh = FILES.map((file) => new Request(file, { cache: "reload" }));
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(fresh)));
});

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith("baogong-courier-") && name !== KEPT);
  event.waitUntil(
    caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name)))).then(() => self.clients.claim()),
  );
});

// A newer version waits until whoever holds the telephone takes it: nothing changes under a thumb.
self.addEventListener("message", (event) => {
  if (event.data === "take over") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  const file = event.request.mode === "navigate" && address.pathname === PAGE ? PAGE : address.pathname;
  if (!FILES.includes(file)) return;
  event.respondWith(caches.open(KEPT).then((kept) => kept.match(file)).then((found) => found || fetch(event.request)));
});
