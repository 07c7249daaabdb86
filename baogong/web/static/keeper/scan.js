"use strict";
// Where the browser can read bar codes itself, the telephone's camera fills the field; elsewhere it is typed.
(() => {
  const button = document.querySelector("[data-camera]");
  const view = document.querySelector("[data-camera-view]");
  if (!button || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).catch(() => null);
    if (!stream) { button.hidden = true; return; }
    const detector = new BarcodeDetector();
    view.srcObject = stream;
    view.hidden = false;
    await view.play();
    const look = async () => {
      if (!view.srcObject) return;
      const [code] = await detector.detect(view).catch(() => []);
      if (!code) { window.requestAnimationFrame(look); return; }
      stream.getTracks().forEach((track) => track.stop());
      view.srcObject = null;
      view.hidden = true;
      const field = document.getElementById("code");
      field.value = code.rawValue;
      field.form.requestSubmit();
    };
    look();
  });
})();
