// Where there is a camera to read by, it fills the field; elsewhere the code is typed.
import { canRead, readCodes } from "../web/reader.js";

const button = document.querySelector("[data-camera]");
const view = document.querySelector("[data-camera-view]");
if (button && canRead()) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await readCodes(view, button.dataset.camera, (text, stop) => {
        stop();
        const field = document.getElementById("code");
        field.value = text;
        field.form.requestSubmit();
      });
    } catch {
      button.hidden = true;
    }
  });
}
