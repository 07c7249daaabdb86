"use strict";
// The book, played again. One document is read; from then on everything is reckoned here, without the network.
// Without this file the page shows the map as it stands at the end, and a table of the steps.
(() => {
  const stage = document.querySelector("[data-theatre]");
  if (!stage || !window.fetch) return;
  const words = JSON.parse(document.getElementById("theatre-words").textContent);
  const isChinese = document.documentElement.lang.startsWith("zh");
  const isCalm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const SVG = "http://www.w3.org/2000/svg", FRAMES_A_S = 4, LINES = 8, LEAST_R = 3, MORE_R = 17, GROUPS = 5, STANDS = 0, HANDED = 2;
  const one = (name) => stage.querySelector(`[data-${name}]`);
  const range = one("range"), play = one("play"), pace = one("pace"), kindOf = one("kind"), list = one("lines");
  const named = (thing) => (isChinese ? thing.zh || thing.en : thing.en || thing.zh);
  const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (whole, key) => values[key]);
  const number = new Intl.NumberFormat("en-US");
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: words.zone, month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });
  const at = (moment) => {
    const part = Object.fromEntries(clock.formatToParts(new Date(moment)).map((each) => [each.type, each.value]));
    return `${part.month}-${part.day} ${part.hour}:${part.minute}`;
  };
  const amount = (value, unit) => unit === "MONEY" || unit === "FEN" ? `¥${number.format(value / 100)}` : unit === "WEIGHT" || unit === "G" ? `${number.format(value / 1000)} kg` : number.format(value);
  const drawn = (name, attributes, parent) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (parent) parent.append(made);
    return made;
  };

  let story, totals, moments, most, ways, kind = kindOf ? Number(kindOf.value) : Number(stage.dataset.kindShown), now = 0, playing = 0, last = 0;

  fetch(stage.dataset.theatre, { credentials: "same-origin" })
    .then((answer) => { if (!answer.ok) throw new Error(answer.status); return answer.json(); })
    .then(begin)
    .catch(() => { const told = one("unread"); told.textContent = words.unread; told.hidden = false; });

  function begin(document_) {
    story = document_;
    const places = story.places.length, kinds = story.kinds.length, wide = places * kinds * GROUPS;
    moments = story.frames.map((frame) => Date.parse(frame.at));
    for (const trip of story.trips) { trip.from = Date.parse(trip.left_at); trip.until = Math.max(Date.parse(trip.there_at), trip.from + 1); }
    totals = [];
    let before = new Float64Array(wide);
    for (const frame of story.frames) {
      const here = before.slice();
      for (const [place, of, group, change] of frame.changes) here[(place * kinds + of) * GROUPS + group] += change;
      totals.push(here);
      before = here;
    }
    ways = new Map([...stage.querySelectorAll("[data-way]")].map((path) => [path.dataset.way, { path, long: path.getTotalLength(), movers: path.ownerSVGElement.querySelector("[data-movers]") }]));
    range.max = story.frames.length - 1;
    drawStrip();
    stage.querySelectorAll("[data-controls]").forEach((part) => { part.hidden = false; });
    document.querySelector("[data-told]").open = false; // the same is told above, moment by moment
    findMost();
    go(story.frames.length - 1);
  }

  const of = (frame, place, group) => totals[frame][(place * story.kinds.length + kind) * GROUPS + group];

  function findMost() {
    most = 0;
    for (let frame = 0; frame < totals.length; frame += 1) {
      for (let place = 0; place < story.places.length - 1; place += 1) most = Math.max(most, of(frame, place, STANDS), of(frame, place, HANDED));
    }
  }

  function drawStrip() {
    const strip = one("strip"), frames = story.frames.length, wide = 1000 / frames;
    const counts = story.frames.map((frame, place) => frame.movements_count - (place ? story.frames[place - 1].movements_count : frame.movements_count));
    const top = Math.max(1, ...counts.map(Math.sqrt));
    counts.forEach((count, place) => {
      const high = 34 * Math.sqrt(count) / top;
      drawn("rect", { class: "written", x: place * wide, width: Math.max(1, wide - 0.6), y: 40 - high, height: high }, strip);
      if (place && story.frames[place].step !== story.frames[place - 1].step) drawn("rect", { class: "told", x: place * wide, width: 2, y: 0, height: 6 }, strip);
    });
    drawn("rect", { class: "here", x: 0, width: 3, y: 0, height: 40 }, strip);
  }

  // `place` may lie between two frames while it plays: vehicles move on, what is written waits for its frame.
  function go(place) {
    const frame = Math.floor(place), part = place - frame, entered = frame !== Math.floor(now) || !list.children.length;
    now = place;
    const moment = part ? moments[frame] + part * (moments[frame + 1] - moments[frame]) : moments[frame];
    moveAll(moment);
    one("clock").textContent = at(moment);
    if (entered || !part) show(frame);
  }

  function show(frame) {
    const here = story.frames[frame], step = story.steps.find((each) => each.number === here.step), unit = story.kinds[kind];
    const title = step ? half(step.title) : "";
    range.value = frame;
    range.setAttribute("aria-valuetext", `${at(here.at)} ${title}`);
    const mark = one("strip").lastElementChild;
    mark.setAttribute("x", frame * 1000 / story.frames.length);
    one("step").textContent = title;
    one("step-of").textContent = story.steps.length ? fill(words.step, { number: here.step, count: story.steps.length }) : "";
    stage.querySelectorAll("[data-place]").forEach((spot) => {
      const place = Number(spot.dataset.place), stands = of(frame, place, STANDS), handed = of(frame, place, HANDED);
      spot.querySelector(".stands").setAttribute("r", radius(stands));
      spot.querySelector(".handed").setAttribute("r", radius(handed));
      title_(spot, `${named(story.places[place])}: ${amount(stands, unit)} / ${amount(handed, unit)}`);
    });
    const sums = story.groups.map((_group, group) => story.places.reduce((sum, _place, place) => sum + of(frame, place, group), 0));
    showShares(sums, unit, here);
    stage.querySelectorAll("[data-figure]").forEach((figure) => {
      const name = figure.dataset.figure;
      figure.textContent = name === "held" ? amount(here.held[kind], unit) : name === "handed_over" ? amount(sums[HANDED], unit) : number.format(here[name]);
    });
    showLines(frame);
  }

  // What came in is read from the lines that brought it, what is there from all others: they must agree at every moment.
  function showShares(sums, unit, here) {
    const bar = one("shares"), all = Math.max(1, sums.reduce((sum, each) => sum + Math.max(0, each), 0));
    bar.replaceChildren();
    let x = 0;
    sums.forEach((sum, group) => {
      const wide = 1000 * Math.max(0, sum) / all;
      if (wide) drawn("rect", { class: story.groups[group], x, y: 0, width: wide, height: 24 }, bar);
      x += wide;
    });
    const said = one("check"), agrees = here.came[kind] + here.made[kind] === sums.reduce((sum, each) => sum + each, 0);
    const values = { came: amount(here.came[kind], unit), made: amount(here.made[kind], unit) };
    story.groups.forEach((group, place) => { values[group] = amount(sums[place], unit); });
    said.textContent = (agrees ? "✓ " : "✗ ") + fill(here.made[kind] ? words.check_made : words.check, values) + (agrees ? "" : ` ${words.wrong}`);
    said.className = agrees ? "good" : "bad";
  }

  function showLines(frame) {
    const found = [];
    for (let place = frame; place >= 0 && found.length < LINES; place -= 1) found.push(...[...story.frames[place].lines].reverse());
    list.replaceChildren(...found.slice(0, LINES).map((line) => {
      const row = document.createElement("li"), item = story.items[line.item], link = document.createElement("a");
      link.href = words.proof.replace("00000000-0000-0000-0000-000000000000", line.movement);
      link.textContent = `${words.reasons[line.reason]}: ${amount(line.amount, item.unit)} ${named(item)}`;
      const way = document.createElement("span");
      way.className = "soft small";
      // Nothing went anywhere: what is told is what became of it there.
      const gone = line.is_within
        ? fill(words.within, { place: who(line.source), before: words.states[line.source_state], after: words.states[line.target_state] })
        : `${who(line.source)} → ${who(line.target)}`;
      way.textContent = ` ${gone}${line.more ? ` · ${fill(words.more, { count: number.format(line.more) })}` : ""}`;
      row.append(`${at(line.at)} `, link, way);
      if (words.document && line.document) {
        const paper = document.createElement("a");
        paper.href = words.document.replace("00000000-0000-0000-0000-000000000000", line.document);
        paper.textContent = words.paper;
        row.append(" · ", paper);
      }
      return row;
    }));
  }

  const who = (place) => named(story.names[place]) || words.parties[story.names[place].kind] || words.elsewhere;
  const radius = (value) => (value > 0 && most > 0 ? LEAST_R + MORE_R * Math.sqrt(value / most) : 0).toFixed(1);
  const half = (title) => { const [zh, en] = title.split(" · "); return en === undefined ? title : isChinese ? zh : en; };

  function title_(parent, text) {
    let told = parent.querySelector("title");
    if (!told) { told = drawn("title", {}); parent.prepend(told); }
    told.textContent = text;
  }

  function moveAll(moment) {
    stage.querySelectorAll("[data-movers]").forEach((each) => each.replaceChildren());
    for (const trip of story.trips) {
      if (moment < trip.from || (trip.is_over && moment >= trip.until)) continue;
      const way = ways.get(`${trip.source}-${trip.target}`);
      if (!way) continue;
      let part = Math.min(1, (moment - trip.from) / (trip.until - trip.from));
      if (trip.kind === "COURIER") part = part < 0.5 ? 2 * part : 2 - 2 * part; // there and back
      const { x, y } = way.path.getPointAtLength(way.long * part);
      const mover = trip.kind === "COURIER" ? drawn("circle", { cx: x, cy: y, r: 4 }, way.movers)
        : trip.kind === "CART" ? drawn("rect", { x: x - 5, y: y - 5, width: 10, height: 10 }, way.movers)
          : drawn("rect", { x: x - 8, y: y - 5, width: 16, height: 10, rx: 2 }, way.movers);
      mover.setAttribute("class", `mover ${trip.kind}`);
      title_(mover, `${words.trips[trip.kind]} ${trip.name}: ${number.format(trip.amount)}`);
    }
  }

  function stop() {
    if (isCalm) window.clearTimeout(playing);
    else window.cancelAnimationFrame(playing);
    playing = 0;
    play.textContent = words.play;
    play.setAttribute("aria-pressed", "false");
    go(Math.floor(now));
  }

  function start() {
    if (now >= story.frames.length - 1) go(0);
    play.textContent = words.pause;
    play.setAttribute("aria-pressed", "true");
    last = performance.now();
    tick(last);
  }

  // Who asked for less motion sees one frame after the other, and nothing glide.
  function tick(time) {
    const rate = FRAMES_A_S * Number(pace.value);
    const next = Math.min(story.frames.length - 1, isCalm ? Math.floor(now) + (time > last ? 1 : 0) : now + (time - last) * rate / 1000);
    last = time;
    go(next);
    if (next >= story.frames.length - 1) stop();
    else playing = isCalm ? window.setTimeout(() => tick(performance.now()), 2000 / rate) : window.requestAnimationFrame(tick);
  }

  // The next moment, one way or the other, at which something was written or a step began.
  function event(way) {
    stop();
    const happened = (frame) => frame > 0 && (story.frames[frame].movements_count !== story.frames[frame - 1].movements_count || story.frames[frame].step !== story.frames[frame - 1].step);
    let place = now + way;
    while (place > 0 && place < story.frames.length - 1 && !happened(place)) place += way;
    go(Math.max(0, Math.min(story.frames.length - 1, place)));
  }

  play.addEventListener("click", () => { if (playing) stop(); else start(); });
  one("back").addEventListener("click", () => event(-1));
  one("next").addEventListener("click", () => event(1));
  range.addEventListener("input", () => { const to = Number(range.value); if (playing) stop(); go(to); });
  if (kindOf) kindOf.addEventListener("change", () => { kind = Number(kindOf.value); findMost(); show(Math.floor(now)); });
})();
