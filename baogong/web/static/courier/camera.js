// Codes and pictures by the camera, where the browser lets us: it needs HTTPS and, for codes, a reader of its own.

const SIDE_MAX = 1280;
const QUALITY = 0.7;

export const canRead = () => "BarcodeDetector" in window && Boolean(navigator.mediaDevices);

/** Read codes from the camera into `view` until told to stop; `found` is called with each code once. Returns stop(). */
export async function readCodes(view, found) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const detector = new BarcodeDetector();
  let isOn = true;
  let last = "";
  view.srcObject = stream;
  view.hidden = false;
  await view.play();
  const look = async () => {
    if (!isOn) return;
    const [code] = await detector.detect(view).catch(() => []);
    if (code && code.rawValue !== last) {
      last = code.rawValue;
      found(code.rawValue);
    }
    window.requestAnimationFrame(look);
  };
  look();
  return () => {
    isOn = false;
    stream.getTracks().forEach((track) => track.stop());
    view.srcObject = null;
    view.hidden = true;
  };
}

/** A picture out of a file field, small enough for a weak network: base64 of a JPEG, "" where there is none. */
export async function picture(field) {
  const [file] = field.files;
  if (!file) return "";
  const image = await createImageBitmap(file);
  const scale = Math.min(1, SIDE_MAX / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.width * scale);
  canvas.height = Math.round(image.height * scale);
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", QUALITY).split(",")[1];
}
