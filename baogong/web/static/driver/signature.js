"use strict";
// A signature drawn by finger. Without this file the typed name alone is the signature.
document.querySelectorAll("[data-signature]").forEach((box) => {
  const pad = box.querySelector("canvas");
  const kept = document.getElementById(box.dataset.signature);
  const pen = pad.getContext("2d");
  const strokes = [];
  let stroke = null;
  const redraw = () => {
    const width = pad.clientWidth, height = pad.clientHeight, sharp = window.devicePixelRatio || 1;
    pad.width = width * sharp; pad.height = height * sharp;
    pen.scale(sharp, sharp);
    pen.lineWidth = 3; pen.lineCap = "round"; pen.lineJoin = "round"; pen.strokeStyle = "#17211c";
    strokes.forEach((points) => {
      pen.beginPath();
      points.forEach(([x, y], index) => { if (index) pen.lineTo(x, y); else pen.moveTo(x, y); });
      pen.stroke();
    });
  };
  const keep = () => { kept.value = strokes.length ? JSON.stringify(strokes) : ""; };
  const point = (event) => {
    const frame = pad.getBoundingClientRect();
    return [Math.round(event.clientX - frame.left), Math.round(event.clientY - frame.top)];
  };
  pad.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    stroke = [point(event)];
    strokes.push(stroke);
  });
  pad.addEventListener("pointermove", (event) => {
    if (!stroke) return;
    stroke.push(point(event));
    redraw();
  });
  ["pointerup", "pointercancel"].forEach((name) => pad.addEventListener(name, () => { stroke = null; keep(); }));
  box.querySelector("[data-clear]").addEventListener("click", () => { strokes.length = 0; keep(); redraw(); });
  if (kept.value) { JSON.parse(kept.value).forEach((points) => strokes.push(points)); }
  const opener = document.getElementById(box.dataset.openedBy); // the choice of signing; null where one always signs
  const show = () => {
    box.hidden = opener !== null && !opener.checked;
    if (!box.hidden) redraw();
  };
  if (opener) opener.form.addEventListener("change", show);
  show();
});
