"use strict";
// Footprints of a file on a map without tiles: a click gives the chosen building's number to a footprint. The numbers are
// those of the form's own fields, so that typing does the same, and without this script nothing is lost but the clicking.
(() => {
  const box = document.querySelector("[data-footprints]");
  if (!box || !window.L) return;
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const shapes = read("shapes"), houses = read("houses");
  const fields = [...document.querySelectorAll("ol.footprints input[name=name]")];
  const next = document.getElementById("next"), back = box.querySelector("[data-back]"), said = box.querySelector("[data-said]");
  const done = [];  // [field's place, what it said before], the last one last
  box.hidden = false;
  document.querySelector("[data-still]").hidden = true;

  const map = L.map(box.querySelector("[data-map]"), { attributionControl: false, zoomControl: false, zoomSnap: 0.25, maxZoom: 21 });
  L.control.zoom({ zoomInTitle: box.dataset.in, zoomOutTitle: box.dataset.out }).addTo(map);
  const layers = shapes.map((shape, place) => {
    const layer = L.geoJSON(shape, { style: { weight: 2 } }).addTo(map);
    layer.bindTooltip("", { permanent: true, direction: "center", className: "footprint-number" });
    layer.on("click", () => clicked(place));
    return layer;
  });
  map.fitBounds(L.featureGroup(layers).getBounds(), { padding: [12, 12] });

  function given() { return new Set(fields.map((field) => field.value.trim()).filter(Boolean)); }

  function clicked(place) {
    if (fields[place].value.trim() || !next.value) { fields[place].focus(); return; }
    done.push([place, fields[place].value]);
    fields[place].value = next.value;
    show();
  }

  function show() {
    const taken = given(), chosen = next.value;
    const open = houses.filter((house) => !house.is_located && !taken.has(house.name)).map((house) => house.name);
    next.replaceChildren(...open.map((name) => new Option(name, name)));
    if (open.includes(chosen)) next.value = chosen;
    next.disabled = !open.length;
    if (!open.length) said.textContent = box.dataset.done;
    back.disabled = !done.length;
    layers.forEach((layer, place) => {
      const name = fields[place].value.trim();
      layer.setStyle({ color: name ? "#0b6b46" : "#6b7a72", fillColor: name ? "#0b6b46" : "#cbd5cf", fillOpacity: 0.45 });
      layer.setTooltipContent(name || "·");
    });
  }

  back.addEventListener("click", () => {
    const last = done.pop();
    if (!last) return;
    const [place, before] = last, name = fields[place].value;
    fields[place].value = before;
    show();
    next.value = name;
  });
  fields.forEach((field, place) => {
    field.addEventListener("input", show);
    field.addEventListener("focus", () => layers[place].setStyle({ weight: 5 }));
    field.addEventListener("blur", () => layers[place].setStyle({ weight: 2 }));
  });
  show();
})();
