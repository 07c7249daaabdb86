"use strict";
// The entrant's own number is made here, on the entrant's own device; what the page brought is only for browsers without scripts.
document.querySelectorAll("form[data-nonce]").forEach((form) => {
  if (!window.crypto || !crypto.getRandomValues) return;
  const own = crypto.getRandomValues(new Uint8Array(16));
  form.elements.nonce.value = Array.from(own, (byte) => byte.toString(16).padStart(2, "0")).join("");
});
// The page that checks it finds it there, so that nobody has to copy it; it never leaves the device.
const receipt = document.getElementById("receipt");
if (receipt) sessionStorage.setItem("draw-receipt", receipt.value);
document.querySelectorAll("[data-save]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([document.getElementById(button.dataset.save).value], { type: "application/json" }));
    link.download = button.dataset.name;
    link.click();
    URL.revokeObjectURL(link.href);
  });
});
