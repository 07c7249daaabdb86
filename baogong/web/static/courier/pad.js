// A signature drawn by finger: strokes as lists of points, as the driver's page draws them.
import { h } from "./dom.js";

/** {canvas, strokes(), clear()} */
export function signaturePad(label) {
  const canvas = h("canvas", { class: "pad", role: "img", "aria-label": label });
  const strokes = [];
  let stroke = null;
  const redraw = () => {
    const sharp = window.devicePixelRatio || 1;
    canvas.width = canvas.clientWidth * sharp;
    canvas.height = canvas.clientHeight * sharp;
    const pen = canvas.getContext("2d");
    pen.scale(sharp, sharp);
    Object.assign(pen, { lineWidth: 3, lineCap: "round", lineJoin: "round", strokeStyle: "#17211c" });
    strokes.forEach((points) => {
      pen.beginPath();
      points.forEach(([x, y], index) => (index ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      pen.stroke();
    });
  };
  const point = (event) => {
    const frame = canvas.getBoundingClientRect();
    return [Math.round(event.clientX - frame.left), Math.round(event.clientY - frame.top)];
  };
  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    stroke = [point(event)];
    strokes.push(stroke);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke) return;
    stroke.push(point(event));
    redraw();
  });
  ["pointerup", "pointercancel"].forEach((name) => canvas.addEventListener(name, () => { stroke = null; }));
  return {
    canvas,
    strokes: () => strokes.filter((points) => points.length > 1),
    clear: () => { strokes.length = 0; redraw(); },
  };
}
