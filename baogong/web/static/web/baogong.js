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
// A form is sent once: a second tap on a slow night must not look like a second act.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  if (form.dataset.busy) document.getElementById(form.dataset.busy).hidden = false;
  window.setTimeout(() => { delete form.dataset.sent; }, 8000);
});
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
