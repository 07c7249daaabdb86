"use strict";
// Without this file, or without a stream, every part of the screen is asked for once a minute.
(() => {
  const sign = document.getElementById("live");
  if (!sign || !sign.dataset.live || !window.EventSource) return;
  const LEAST_MS = 2000; // a busy book grows many times a second; eyes do not
  let waits = 0, last = 0;
  const shown = (isLive) => sign.querySelectorAll("[data-state]").forEach((each) => { each.hidden = (each.dataset.state === "on") !== isLive; });
  const grown = (mark) => {
    if (mark === sign.dataset.mark) return;
    sign.dataset.mark = mark;
    if (waits) return;
    waits = window.setTimeout(() => {
      waits = 0;
      last = Date.now();
      window.htmx.trigger(document.body, "grown");
    }, Math.max(0, last + LEAST_MS - Date.now()));
  };
  const stream = new EventSource(sign.dataset.live);
  stream.addEventListener("here", (event) => { shown(true); grown(event.data); });
  stream.addEventListener("changed", (event) => grown(event.data));
  stream.addEventListener("error", () => shown(false)); // the browser tries again by itself
  window.addEventListener("pagehide", () => stream.close());
})();
