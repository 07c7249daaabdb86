"use strict";
// Every page works without this file; it only saves taps.
document.addEventListener("change", (event) => {
  const box = event.target.closest("[data-submit-on-change]");
  if (box && box.form) box.form.requestSubmit();
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button || !navigator.clipboard) return;
  const source = document.getElementById(button.dataset.copy);
  navigator.clipboard.writeText("value" in source ? source.value : source.textContent).then(() => {
    button.textContent = button.dataset.copied || "✓";
  });
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
// Paper cannot be opened: what a bulletin folds away is printed with it.
window.addEventListener("beforeprint", () => document.querySelectorAll(".bulletin details").forEach((each) => { each.open = true; }));
// A form is sent once: a second tap on a slow night must not look like a second act. The book knows a request that comes
// twice; here nothing is sent again until the answer to the first is there, however long that takes.
const sent = new Map(); // form → what stops its clock
function release(form) {
  if (!sent.has(form)) return;
  sent.get(form)();
  sent.delete(form);
}
// For how long it has been worked on, beside what was pressed: the minutes that go by are the only thing known of it.
function showsWork(form, pressed) {
  const words = document.getElementById("working");
  const own = form.dataset.busy && document.getElementById(form.dataset.busy);
  const begun = performance.now();
  const line = own || document.createElement("p");
  const clock = document.createElement("span");
  clock.setAttribute("aria-hidden", "true"); // read out once, not every second
  clock.className = "since";
  const tick = () => {
    const gone = Math.floor((performance.now() - begun) / 1000);
    clock.textContent = `${words.dataset.for} ${Math.floor(gone / 60)}:${String(gone % 60).padStart(2, "0")}`;
  };
  let ticking = 0;
  const shown = window.setTimeout(() => {
    if (!own) {
      line.className = "notice info";
      line.setAttribute("role", "status");
      line.textContent = words.dataset.stay;
      (pressed && form.contains(pressed) ? pressed : form.lastElementChild || form).after(line);
    }
    line.append(" ", clock);
    line.hidden = false;
    tick();
    ticking = window.setInterval(tick, 1000);
  }, own ? 0 : 1500);
  if (pressed) pressed.setAttribute("aria-disabled", "true");
  return () => {
    window.clearTimeout(shown);
    window.clearInterval(ticking);
    clock.remove();
    if (own) own.hidden = true; else line.remove();
    if (pressed) pressed.removeAttribute("aria-disabled");
  };
}
document.addEventListener("submit", (event) => {
  if (!sent.has(event.target)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true); // before whoever else would send it
document.addEventListener("submit", (event) => {
  const form = event.target;
  const isByHtmx = form.hasAttribute("hx-boost") || form.hasAttribute("hx-post");
  if (event.defaultPrevented && !isByHtmx) return; // its page sends it by itself
  const leaves = (form.getAttribute("method") || "").toLowerCase() === "post" && !("file" in form.dataset);
  sent.set(form, leaves && document.getElementById("working") ? showsWork(form, event.submitter) : () => {});
  if (!leaves) window.setTimeout(() => release(form), 8000); // what comes is a file, or a page that may be asked for again
});
document.addEventListener("htmx:afterRequest", (event) => release(event.detail.elt));
// Back on a page that the browser kept as it was: nothing is under way from here any more.
window.addEventListener("pageshow", (event) => { if (event.persisted) [...sent.keys()].forEach(release); });
// Dropping a file or text on the drop box.
document.querySelectorAll("[data-drop]").forEach((zone) => {
  const input = zone.querySelector("input[type=file]");
  ["dragenter", "dragover"].forEach((name) => zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("over"); }));
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; zone.closest("form").requestSubmit(); }
    else { zone.querySelector("textarea").value = event.dataTransfer.getData("text"); }
  });
});
// On a narrow screen the tabs are one line that slides; the one that is open is in sight.
document.querySelectorAll(".tabs [aria-current]").forEach((tab) => {
  const line = tab.parentElement;
  line.scrollLeft = tab.offsetLeft - line.offsetLeft - 40;
});
// A map that is wider than the screen begins where most happens: at its hub, else in its middle.
const beginAtHubs = (part) => part.querySelectorAll(".maps figure").forEach((map) => {
  const hub = map.querySelector(".spot.hub rect, .spot.HUB .point"), seen = map.getBoundingClientRect();
  const box = (hub || map.querySelector("svg") || map).getBoundingClientRect();
  map.scrollLeft += box.left + box.width / 2 - seen.left - seen.width / 2;
});
beginAtHubs(document);
document.body.addEventListener("htmx:afterSettle", (event) => beginAtHubs(event.target));
