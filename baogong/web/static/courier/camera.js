// Codes and pictures by the camera, where the browser lets us: it needs HTTPS.
import * as reader from "../web/reader.js";

const SIDE_MAX = 1280;
const QUALITY = 0.7;

export const { canRead } = reader;

export const readCodes = (view, found) => reader.readCodes(view, document.documentElement.dataset.reader, found);

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
