// Codes out of the camera's picture: by the browser's own reader where there is one behind its name, else by ZXing.

const SIDE_MAX = 800; // more pixels cost a weak telephone more than they tell
const QR_CODE = "qr_code";

/** Whether there is a camera to read by: browsers give one to secure pages only. */
export const canRead = () => Boolean(navigator.mediaDevices?.getUserMedia);

/** A function that gives the text of the code in a video's picture, "" where it sees none; `library`: where ZXing lies. */
async function eye(library) {
  const formats = "BarcodeDetector" in window ? await window.BarcodeDetector.getSupportedFormats().catch(() => []) : [];
  if (formats.includes(QR_CODE)) {
    const detector = new window.BarcodeDetector();
    return async (view) => (await detector.detect(view).catch(() => []))[0]?.rawValue ?? "";
  }
  await import(library);
  const { BarcodeFormat, BinaryBitmap, DecodeHintType, HybridBinarizer, MultiFormatReader, RGBLuminanceSource } = window.ZXing;
  const reader = new MultiFormatReader();
  reader.setHints(new Map([
    [DecodeHintType.POSSIBLE_FORMATS, [BarcodeFormat.QR_CODE, BarcodeFormat.CODE_128, BarcodeFormat.EAN_13, BarcodeFormat.ITF]],
    [DecodeHintType.TRY_HARDER, true],
  ]));
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return async (view) => {
    const scale = Math.min(1, SIDE_MAX / Math.max(view.videoWidth, view.videoHeight));
    const [width, height] = [Math.round(view.videoWidth * scale), Math.round(view.videoHeight * scale)];
    if (!width || !height) return "";
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    pen.drawImage(view, 0, 0, width, height);
    const { data } = pen.getImageData(0, 0, width, height);
    const grey = new Uint8ClampedArray(width * height);
    for (let at = 0; at < grey.length; at += 1) grey[at] = (data[4 * at] + 2 * data[4 * at + 1] + data[4 * at + 2]) >> 2;
    try {
      return reader.decodeWithState(new BinaryBitmap(new HybridBinarizer(new RGBLuminanceSource(grey, width, height)))).getText();
    } catch {
      return ""; // no code in this picture: the next one may have it
    } finally {
      reader.reset();
    }
  };
}

/**
 * Read codes from the camera into `view` until told to stop, or until `view` is gone from the page; `found` is called with
 * each code once, and with stop. Returns stop().
 * The camera is asked for first, so that the question for leave comes with the tap.
 */
export async function readCodes(view, library, found) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  let isOn = true;
  const stop = () => {
    isOn = false;
    stream.getTracks().forEach((track) => track.stop());
    view.srcObject = null;
    view.hidden = true;
  };
  try {
    view.srcObject = stream;
    view.hidden = false;
    await view.play();
    const read = await eye(library);
    let last = "";
    const look = async () => {
      if (!isOn) return;
      if (!view.isConnected) {
        stop();
        return;
      }
      const text = await read(view);
      if (isOn && text && text !== last) {
        last = text;
        found(text, stop);
      }
      window.requestAnimationFrame(look);
    };
    look();
  } catch (trouble) {
    stop();
    throw trouble;
  }
  return stop;
}
