// The screens, each a list of elements: today's rounds, a stop, a parcel, the call list. One thumb, gloves, plain words.
import * as camera from "./camera.js";
import { isCode, tidy } from "./codes.js";
import { button, flat, h, link, tag } from "./dom.js";
import { signaturePad } from "./pad.js";
import * as book from "./round.js";
import * as sync from "./sync.js";
import { clock, inWords, knows, say } from "./words.js";

const WHYS = ["NOBODY", "REFUSED", "NO_ENTRY", "WRONG_ADDRESS", "DAMAGED", "NO_TIME", "SHELF_FULL", "SEALED"];
const IN_PERSON = ["WITNESSED", "SIGNED"]; // offered for a parcel of which nothing is known: never a shelf
const TAKERS = ["RESIDENT", "NEIGHBOUR", "VOLUNTEER"];

let stopCamera = () => {};
let isFree = false; // said on this screen
let lastScanned = ""; // by the camera, off a label: it shows that the label was before this telephone

const go = (address) => { window.location.hash = address; };
const title = (...words) => h("h1", { tabindex: "-1" }, ...words);
const back = (address, words) => h("p", {}, link(address, "btn quiet", `← ${words}`));
const notice = (kind, ...words) => h("div", { class: `notice ${kind}`, role: "status" }, ...words);
const parcelLink = (parcel) => `#/parcel/${encodeURIComponent(parcel.code)}`;

/** Called when a screen is left. */
export function leave() {
  stopCamera();
  stopCamera = () => {};
  isFree = false;
}

// Setting up -----------------------------------------------------------------------------------------------------

export function setUp() {
  const [, asked, scanned = ""] = window.location.hash.split("/");
  const field = h("input", { type: "text", id: "code", autocomplete: "off", autocapitalize: "characters", maxlength: "20" });
  const trouble = h("p", { role: "alert", class: "notice bad", hidden: true });
  const pair = async (event) => {
    event?.preventDefault();
    trouble.hidden = true;
    try {
      await sync.setUp(tidy(field.value));
      go("#/");
    } catch (refusal) {
      if (refusal.status === undefined) throw refusal; // nothing the house said
      trouble.textContent = say(refusal.status ? "pair-refused" : "pair-offline");
      trouble.hidden = false;
    }
  };
  if (asked === "pair" && scanned) {
    field.value = scanned;
    // A code works once, and it does not stay in the address.
    window.history.replaceState(null, "", `${window.location.pathname}#/pair`);
    pair();
  }
  return [
    title(say("pair-title")),
    h("p", { class: "lead" }, say("pair-lead")),
    h("form", { class: "card", onsubmit: pair, "data-keep": true },
      h("div", { class: "field" }, h("label", { for: "code" }, say("pair-code")), field),
      h("button", { class: "btn big" }, say("pair-go"))),
    trouble,
  ];
}

// Today's rounds -------------------------------------------------------------------------------------------------

export function home() {
  const rounds = book.rounds();
  const [next] = book.nextStops();
  const back_ = book.toBringBack();
  return [
    title(sync.state.sheet.courier),
    h("p", { class: "lead" }, say("home-lead", { station: sync.state.sheet.station, until: clock(sync.state.sheet.until_at) })),
    next && h("a", { class: "card good next", href: `#/stop/${next.stop.id}` },
      h("span", { class: "soft line" }, say("next-stop")), h("strong", { class: "way place" }, placeOf(next.stop)), stopTags(next.stop)),
    rounds.map((round) => roundCard(round)),
    !rounds.length && h("div", { class: "empty" }, say("no-rounds")),
    back_.length > 0 && h("section", { class: "card watch" }, h("h2", {}, say("bring-back", { n: back_.length })),
      back_.map((parcel) => h("p", {}, link(parcelLink(parcel), "btn quiet", `${parcel.code} · ${parcel.address}`)))),
    h("nav", { class: "choices", "aria-label": say("what-else") },
      link("#/scan", "btn big", say("scan")),
      link("#/calls", "btn big quiet", say("calls")),
      link("#/free", "btn big quiet", say("free")),
      link("#/end", "btn big quiet", say("end"))),
  ];
}

/** All that is shown once the round is gone from this telephone: why, what is in hand by its code, what was not sent. */
export function left() {
  const { why = "over" } = sync.state.left ?? {};
  const waiting = sync.unsent();
  const codes = sync.stillInHand();
  return [
    title(say(`left-${why}-title`)),
    h("p", {}, say(`left-${why}-lead`)),
    codes.length > 0 && h("section", { class: "card watch" }, h("h2", {}, say("bring-back", { n: codes.length })),
      codes.map((code) => h("p", { class: "row between" }, h("strong", { class: "number code" }, code),
        why !== "ended" && button("btn quiet", () => sync.keep({ kind: "RETURNED", parcel: code }), say("returned"))))),
    waiting.length > 0 && notice("bad", say(why === "ended" ? "ended-unsent" : "left-unsent", { n: waiting.length })),
    rescue(waiting),
    link("#/pair", "btn big", say("pair-anew")),
    deleting(waiting.length),
  ];
}

/** What was not sent, with its pictures, and a way to keep it outside of this page. */
function rescue(acts) {
  if (!acts.length) return null;
  const save = () => {
    const kept = acts.map(({ token, number, answer, ...act }) => act);
    const address = URL.createObjectURL(new Blob([JSON.stringify(kept, null, 1)], { type: "application/json" }));
    const file = h("a", { href: address, download: `baogong-${acts[0].at.slice(0, 10)}.json` });
    file.click();
    window.setTimeout(() => URL.revokeObjectURL(address), 60000);
  };
  return [
    h("ul", { class: "lines" }, acts.map((act) => h("li", {}, `${clock(act.at)} · ${say(`kind-${act.kind}`)} ${act.parcel ?? ""}`,
      act.evidence.filter((piece) => piece.photo_base64).map((piece) =>
        h("img", { class: "kept", src: `data:image/jpeg;base64,${piece.photo_base64}`, alt: say("photo") }))))),
    button("btn big quiet", save, say("rescue")),
  ];
}

/** Everything goes for good: of what was not sent, it is asked once more. */
function deleting(unsent) {
  const wipe = button("btn big danger", async () => { await sync.end(); window.location.reload(); }, say("end-wipe"));
  if (!unsent) return wipe;
  return h("details", { class: "card" }, h("summary", {}, say("end-wipe")), h("p", {}, say("wipe-unsent", { n: unsent })), wipe);
}

const roundName = (round) => (round.id === "besides" ? say("besides") : `${say("round")} ${round.name}`);
/** Of a round or a stop: something is left to bring, something was tried in vain, or all is done. */
const standing = (parcels) => (parcels.some((parcel) => parcel.is_open) ? "" : book.failedOf(parcels).length ? "late" : "done");

function roundCard(round) {
  const all = book.parcelsOf(round);
  const [open, failed] = [all.filter((parcel) => parcel.is_open), book.failedOf(all)];
  const facts = { n: open.length, all: all.length, stops: round.stops.length, failed: failed.length };
  return h("a", { class: `card round ${standing(all)}`, href: `#/round/${round.id}` },
    h("div", { class: "row between" }, h("strong", { class: "number" }, roundName(round)),
      h("span", { class: "moment" }, clock(round.leaves_at))),
    h("span", {}, say(open.length ? "round-left" : failed.length ? "round-failed" : "round-done", facts)),
    open.length > 0 && failedTag(all));
}

/** Tried in vain: told in red and in words, and where it goes. */
function failedTag(parcels) {
  const failed = book.failedOf(parcels);
  const isBack = failed.every((parcel) => parcel.state === "AT_STATION");
  return failed.length > 0 && tag("late", `✗ ${say(isBack ? "failed-back" : "failed-goes-back", { n: failed.length })}`);
}

export function round(id) {
  const found = book.rounds().find((each) => each.id === id);
  if (!found) return [back("#/", say("rounds")), notice("watch", say("not-on-sheet"))];
  const waiting = book.parcelsOf(found).filter((parcel) => parcel.is_open && parcel.state === "AT_STATION");
  return [
    back("#/", say("rounds")),
    title(roundName(found)),
    found.leaves_at && h("p", { class: "lead" }, say("round-times", { from: clock(found.leaves_at), until: clock(found.back_at) })),
    waiting.length > 0 && h("section", { class: "card watch" }, h("h2", {}, say("take-title", { n: waiting.length })),
      h("p", {}, say("take-lead")),
      button("btn big", () => sync.keep(...waiting.map((parcel) => ({ kind: "TAKEN", parcel: parcel.code }))), say("take-all", { n: waiting.length })),
      link("#/scan", "btn quiet", say("take-scan"))),
    h("ol", { class: "stops" }, found.stops.map((stop) => h("li", {},
      h("a", { class: `card ${standing(stop.parcels)}`, href: `#/stop/${stop.id}` },
        h("div", { class: "row between" }, h("strong", { class: "place" }, placeOf(stop)), h("span", { class: "moment" }, clock(stop.arrive_at))),
        stopTags(stop), stop.door_note && h("p", { class: "note" }, `“${stop.door_note}”`))))),
  ];
}

function placeOf(stop) {
  return [stop.community, book.place(stop)].filter(Boolean).join(" ");
}

function stopTags(stop) {
  const open = book.openOf(stop);
  return h("span", { class: "row" },
    stop.shelf ? tag("info", say("at-shelf", { shelf: stop.shelf })) : tag("info", say("at-door")),
    open.length > 0 && tag("", say("to-bring", { n: open.length })),
    failedTag(stop.parcels),
    standing(stop.parcels) === "done" && tag("good", `✓ ${say("stop-done")}`),
    open.some((parcel) => parcel.is_cold) && tag("watch", `❄ ${say("cold-first")}`),
    open.some(book.isInPerson) && tag("watch", say("in-person")));
}

// A stop ---------------------------------------------------------------------------------------------------------

export function stop(id) {
  const found = book.stopOf(id);
  if (!found) return [back("#/", say("rounds")), notice("watch", say("not-on-sheet"))];
  const here = found.stop;
  const open = book.inOrder(book.openOf(here));
  const onShelf = here.shelf_id ? open.filter(book.mayLieOnShelf) : [];
  const failed = book.failedOf(here.parcels);
  const done = here.parcels.filter((parcel) => !parcel.is_open && !parcel.failed);
  return [
    back(`#/round/${found.round.id}`, roundName(found.round)),
    title(placeOf(here)),
    stopTags(here),
    here.door_note && h("p", { class: "notice watch note" }, `“${here.door_note}”`),
    sealedNow(here.shelf_id ? open.filter((parcel) => parcel.stays_home) : []),
    onShelf.length > 0 && button("btn big", () => shelve(onShelf, here), say("shelve-all", { n: onShelf.length, shelf: here.shelf })),
    open.length > 0 && link("#/scan", "btn quiet", say("scan")),
    h("ul", { class: "parcels" }, open.map((parcel) => h("li", {}, h("a", { class: "card", href: parcelLink(parcel) }, ...parcelFacts(parcel))))),
    failed.length > 0 && h("section", { class: "card late" }, h("h2", {}, say("failed-here", { n: failed.length })), h("p", {}, say("failed-lead")),
      h("ul", { class: "lines" }, failed.map((parcel) => h("li", {}, link(parcelLink(parcel), "btn quiet", `${parcel.code} · ${parcel.address}`), " ", stateTag(parcel))))),
    done.length > 0 && h("details", { class: "card" }, h("summary", {}, say("done-here", { n: done.length })),
      h("ul", { class: "lines" }, done.map((parcel) => h("li", {}, link(parcelLink(parcel), "", `${parcel.code} · ${parcel.address}`), " ", stateTag(parcel))))),
    nextAfter(here),
  ];
}

/** A house that was sealed since its parcels were loaded: what to do at once. */
function sealedNow(parcels) {
  if (!parcels.length) return null;
  return h("section", { class: "card late", role: "alert" }, h("p", {}, say("sealed-now")),
    button("btn big", () => sync.keep(...parcels.map((parcel) => ({ kind: "FAILED", parcel: parcel.code, why: "SEALED" }))), say("sealed-back", { n: parcels.length })));
}

function nextAfter(here) {
  const next = book.nextStops().find((each) => each.stop.id !== here.id);
  if (book.openOf(here).length || !next) return null;
  return link(`#/stop/${next.stop.id}`, "btn big", `${say("next-stop")}: ${placeOf(next.stop)}`);
}

function parcelFacts(parcel) {
  return [
    h("div", { class: "row between" }, parcel.code && h("strong", { class: "number code" }, parcel.code), h("span", { class: "place" }, parcel.address)),
    h("span", { class: "row" }, h("span", {}, inWords(parcel, "category")), parcel.is_cold && tag("watch", `❄ ${say("cold")}`),
      book.isInPerson(parcel) && tag("watch", say("in-person")), parcel.wants_door && tag("info", say("wants-door")),
      parcel.attempts > 0 && tag("watch", say("tried", { n: parcel.attempts })), parcel.is_unsent && tag("", say("not-sent"))),
  ];
}

function stateTag(parcel) {
  if (parcel.failed) return tag("late", `✗ ${say(`why-${parcel.failed}`)}${parcel.state === "AT_STATION" ? ` · ${say("state-RETURNED")}` : ""}`);
  if (parcel.is_returned) return tag("watch", say("state-RETURNED"));
  if (parcel.is_elsewhere) return tag("watch", say("state-elsewhere"));
  const good = ["HANDED_OVER", "ON_SHELF"].includes(parcel.state);
  return tag(good ? "good" : "", `${good ? "✓ " : ""}${say(`state-${parcel.state}`)}`);
}

const shelve = (parcels, here) => sync.keep(...parcels.map((parcel) => ({ kind: "ON_SHELF", parcel: parcel.code, shelf: here.shelf_id })));

// A parcel -------------------------------------------------------------------------------------------------------

export function parcel(code) {
  const found = book.parcelOf(code);
  if (!found) return strange(code);
  const { stop: here, parcel: it } = found;
  const away = () => go(book.openOf(here).length > 1 ? `#/stop/${here.id}` : `#/round/${found.round.id}`);
  return [
    back(`#/stop/${here.id}`, placeOf(here)),
    title(it.code),
    h("section", { class: "card" }, parcelFacts({ ...it, code: "" }), here.door_note && h("p", { class: "note" }, `“${here.door_note}”`)),
    here.shelf_id && it.is_open && sealedNow(it.stays_home ? [it] : []),
    it.is_open ? waysOut(it, here, away) : h("section", { class: "card" }, h("p", {}, stateTag(it)), stillPossible(it, here, away)),
  ];
}

/** Not on this telephone's sheet: the house decides later whether it was ours. */
function strange(code) {
  const line = book.helpWith(code, sync.now());
  if (line) return offered(code, line);
  const done = sync.state.acts.filter((act) => act.parcel === code);
  const it = { code, modes: IN_PERSON, state: "WITH_COURIER", wants_door: false };
  return [
    back("#/scan", say("scan")),
    title(code),
    notice("watch", say("strange-parcel")),
    done.length ? h("ul", { class: "lines" }, done.map((act) => h("li", {}, `${clock(act.at)} · ${say(`kind-${act.kind}`)}`)))
      : [waysOut(it, { shelf_id: null }, () => go("#/")), button("btn big quiet", async () => { await sync.keep({ kind: "RETURNED", parcel: code }); go("#/"); }, say("returned"))],
  ];
}

/** Another's, still to be fetched, and this courier may bring it. */
function offered(code, line) {
  return [
    back("#/scan", say("scan")),
    title(code),
    h("section", { class: "card good" }, h("strong", { class: "place" }, `${line.community} ${line.building}`), h("p", {}, lineOf(line)), takeOver(line, code)),
  ];
}

const lineOf = (line) => say("free-line", { n: line.waiting, kind: inWords(line, "category"), courier: line.courier });

/** What may be taken over of a line: its codes and where they are, all at once, or that one alone where the plan lets it. */
function takeOver(line, code = "") {
  const only = code && !line.is_whole ? line.parcels.filter((parcel) => parcel.code === code || parcel.waybill.toUpperCase() === code) : line.parcels;
  const take = () => sync.keep(...only.map((parcel) => ({ kind: "TAKEN", parcel: parcel.code })));
  return [
    h("p", {}, say(line.is_whole ? "free-whole" : "free-some")),
    h("ul", { class: "lines" }, only.map((parcel) => h("li", { class: "row between" }, h("strong", { class: "number code" }, parcel.code),
      h("span", { class: "row" }, parcel.is_cold && tag("watch", `❄ ${say("cold")}`), !parcel.modes.includes("CONTACTLESS") && tag("watch", say("in-person")),
        parcel.lies_on && tag("info", say("at-shelf", { shelf: parcel.lies_on })))))),
    button("btn big", take, say("free-take", { n: only.length })),
  ];
}

function waysOut(it, here, away) {
  const box = h("div", { class: "ways" });
  const offer = () => box.replaceChildren(...flat([
    it.state === "ON_SHELF" && [h("p", { class: "notice watch" }, say("goes-up", { shelf: it.lies_on })),
      button("btn big", () => sync.keep({ kind: "TAKEN", parcel: it.code }), say("take-off", { shelf: it.lies_on }))],
    it.state === "AT_STATION" && button("btn big quiet", () => sync.keep({ kind: "TAKEN", parcel: it.code }), say("take-one")),
    here.shelf_id && book.mayLieOnShelf(it) && button("btn big", async () => { await shelve([it], here); away(); }, say("shelve-one", { shelf: here.shelf })),
    ...it.modes.map((mode) => button(here.shelf_id && mode === "CONTACTLESS" && book.mayLieOnShelf(it) ? "btn big quiet" : "btn big", () => ask(mode), say(`mode-${mode}`))),
    button("btn big quiet", () => box.replaceChildren(...failing(it, offer, away)), say("failed")),
  ]));
  const ask = (mode) => box.replaceChildren(...showing[mode](it, offer, away));
  offer();
  return box;
}

/** After a vain attempt, or from the shelf, there is still a way. */
function stillPossible(it, here, away) {
  if (it.state === "ON_SHELF" && it.modes.includes("WITNESSED")) {
    // The courier's own word, and told as such; whoever did not see it leaves it to the household's own link.
    const seen = [{ kind: "WITNESS", by_name: sync.state.sheet.courier }];
    return button("btn quiet", () => handOver(it, "WITNESSED", seen, say("from-shelf"), away), say("fetched"));
  }
  if (book.isInHand(it) && it.failed) {
    return [
      h("p", {}, say("failed-lead")),
      button("btn big", async () => { await sync.keep({ kind: "RETURNED", parcel: it.code }); go("#/"); }, say("returned")),
      h("details", {}, h("summary", {}, say("after-all")), waysOut(it, here, away)),
    ];
  }
  return null;
}

async function handOver(it, mode, evidence, note, away) {
  await sync.keep({ kind: "HANDED_OVER", parcel: it.code, mode, evidence, note });
  away();
}

const cancel = (offer) => button("btn quiet", offer, say("cancel"));

/** How each mode is shown: a picture or the code read there; who saw it; a signature. */
const showing = {
  CONTACTLESS: (it, offer, away) => {
    const photo = h("input", { type: "file", id: "photo", class: "covered", accept: "image/*", capture: "environment" });
    const told = h("span", { role: "status" }, say("photo-none"));
    photo.addEventListener("change", () => { told.textContent = photo.files.length ? `✓ ${say("photo-taken")}` : say("photo-none"); });
    const typed = h("input", { type: "text", id: "there", autocomplete: "off", autocapitalize: "characters", maxlength: "40", value: lastScanned === it.code ? it.code : "" });
    const trouble = h("p", { role: "alert", class: "notice bad", hidden: true });
    const send = async (event) => {
      event.preventDefault();
      const evidence = [];
      const taken = await camera.picture(photo).catch(() => "");
      if (taken) evidence.push({ kind: "PHOTO", photo_base64: taken });
      if (tidy(typed.value) === it.code || (it.waybill && tidy(typed.value) === it.waybill)) evidence.push({ kind: "CODE", text: it.code, by_name: lastScanned === it.code ? "SCANNED" : "TYPED" });
      if (!evidence.length) {
        trouble.textContent = say("left-nothing-shown");
        trouble.hidden = false;
        return;
      }
      await handOver(it, "CONTACTLESS", evidence, "", away);
    };
    return [h("form", { class: "card", onsubmit: send, "data-keep": true }, h("h2", {}, say("mode-CONTACTLESS")), h("p", {}, say("left-lead")),
      // The browser words its own file field in its own language: the field lies under a button in the page's.
      h("div", { class: "field" }, h("span", { class: "over-field" }, photo, h("label", { for: "photo", class: "btn quiet" }, say("photo-take"))), told),
      h("div", { class: "field" }, h("label", { for: "there" }, say("or-code")), typed),
      trouble, h("button", { class: "btn big" }, say("left-go")), cancel(offer))];
  },
  WITNESSED: (it, offer, away) => [h("section", { class: "card", "data-keep": true }, h("h2", {}, say("mode-WITNESSED")), h("p", {}, say("seen-lead")),
    TAKERS.map((who) => button("btn big", () => handOver(it, "WITNESSED", [{ kind: "WITNESS", by_name: sync.state.sheet.courier }], say(`taker-${who}`), away), say(`taker-${who}`))),
    cancel(offer))],
  SIGNED: (it, offer, away) => {
    const pad = signaturePad(say("sign-here"));
    const name = h("input", { type: "text", id: "by", autocomplete: "off", maxlength: "60" });
    const trouble = h("p", { role: "alert", class: "notice bad", hidden: true });
    const send = async (event) => {
      event.preventDefault();
      if (!pad.strokes().length) {
        trouble.textContent = say("sign-nothing");
        trouble.hidden = false;
        return;
      }
      await handOver(it, "SIGNED", [{ kind: "SIGNATURE", text: JSON.stringify(pad.strokes()), by_name: name.value.trim() || it.code }], "", away);
    };
    return [h("form", { class: "card", onsubmit: send, "data-keep": true }, h("h2", {}, say("mode-SIGNED")),
      h("p", { class: "row between" }, h("span", {}, say("sign-here")), button("btn plain", pad.clear, say("sign-again"))), pad.canvas,
      h("div", { class: "field" }, h("label", { for: "by" }, say("sign-name")), name),
      trouble, h("button", { class: "btn big" }, say("sign-go")), cancel(offer))];
  },
};

function failing(it, offer, away) {
  const note = h("input", { type: "text", id: "note", maxlength: "120", autocomplete: "off" });
  return [h("section", { class: "card", "data-keep": true }, h("h2", {}, say("failed-title")),
    h("div", { class: "field" }, h("label", { for: "note" }, say("note")), note),
    WHYS.map((why) => button("btn big quiet", async () => { await sync.keep({ kind: "FAILED", parcel: it.code, why, note: note.value.trim() }); away(); }, say(`why-${why}`))),
    cancel(offer))];
}

// Scan or type ---------------------------------------------------------------------------------------------------

export function scan() {
  const field = h("input", { type: "text", id: "code", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: "40" });
  const trouble = h("p", { role: "alert", class: "notice bad", hidden: true });
  const view = h("video", { class: "camera", muted: true, playsinline: true, hidden: true });
  const find = (text, isScanned = false) => {
    const code = tidy(text);
    const known = book.parcelOf(code);
    if (!known && !isCode(code)) {
      trouble.textContent = say("code-wrong", { code });
      trouble.hidden = false;
      return;
    }
    const own = known ? known.parcel.code : code;
    lastScanned = isScanned ? own : "";
    go(`#/parcel/${encodeURIComponent(own)}`);
  };
  const look = button("btn big quiet", async () => {
    try {
      stopCamera = await camera.readCodes(view, (text) => find(text, true));
    } catch {
      trouble.textContent = say("camera-shut");
      trouble.hidden = false;
    }
  }, say("camera"));
  return [
    back("#/", say("rounds")),
    title(say("scan")),
    h("form", { class: "card", onsubmit: (event) => { event.preventDefault(); find(field.value); }, "data-keep": true },
      h("div", { class: "field" }, h("label", { for: "code" }, say("code")), field, h("span", { class: "help" }, say("code-help"))),
      trouble, h("button", { class: "btn big" }, say("find"))),
    camera.canRead() ? look : h("p", { class: "soft" }, say("no-camera")),
    view,
  ];
}

// The call list --------------------------------------------------------------------------------------------------

export function calls() {
  const shelves = book.calls(sync.now());
  return [
    back("#/", say("rounds")),
    title(say("calls")),
    !shelves.length && h("div", { class: "empty" }, say("no-calls")),
    shelves.map((shelf) => h("section", {}, h("h2", {}, say("at-shelf", { shelf: shelf.name })), shelf.calls.map((call) => callCard(call, shelf)))),
  ];
}

function callCard(call, shelf) {
  const time = { from: clock(call.come_at), until: clock(call.come_until), shelf: shelf.name };
  const isOpen = !call.outcome || call.outcome === "NO_ANSWER";
  return h("article", { class: `card ${isOpen ? "" : "done"}` },
    h("div", { class: "row between" }, h("strong", { class: "place" }, call.address), h("span", { class: "moment" }, `${time.from}–${time.until}`)),
    isOpen && call.isFull && h("p", { class: "notice watch" }, say("call-full", { n: call.people_max, minutes: call.window_minutes, from: time.from })),
    isOpen && call.isLater && h("p", { class: "soft" }, call.from_at ? say("call-was-planned", { from: clock(call.from_at), until: clock(call.until_at) }) : say("call-no-window")),
    h("p", { class: "soft" }, say("call-parcels", { n: call.parcels.length, there: call.on_shelf })),
    call.phone ? link(`tel:${call.phone}`, "btn big", `☎ ${call.phone}`) : h("p", { class: "notice watch" }, say("call-no-phone")),
    h("details", {}, h("summary", {}, say("call-what-to-say")), h("p", { class: "say" }, say("call-script", { ...time, n: call.parcels.length }))),
    call.outcome && h("p", {}, call.outcome === "NO_ANSWER" ? tag("watch", `${say("outcome-NO_ANSWER")} · ${say("call-again")}`) : tag("good", `✓ ${say(`outcome-${call.outcome}`)}`)),
    h("div", { class: "choices" }, ["COMES", "NO_ANSWER", "TO_DOOR"].map((outcome) => button(call.outcome === outcome ? "btn" : "btn quiet",
      () => sync.keep({ kind: "CALLED", calling: call.id, why: outcome, ...(outcome === "COMES" ? { come_at: call.come_at } : {}) }), say(`outcome-${outcome}`)))));
}

// What the house answered ----------------------------------------------------------------------------------------

export function told() {
  const afloat = sync.afloat();
  return [
    back("#/", say("rounds")),
    title(say("told")),
    afloat.length > 0 && h("section", { class: "card late" }, h("p", {}, say("afloat-lead")), rescue(afloat)),
    !sync.state.told.length && !sync.held().length && !afloat.length && h("div", { class: "empty" }, say("told-none")),
    sync.held().length > 0 && h("section", { class: "card late" }, h("p", {}, say("held-lead")), rescue(sync.held())),
    sync.state.told.map((each) => h("article", { class: `card ${each.answer === "LATE" ? "watch" : "late"}` },
      h("strong", { class: "number code" }, each.parcel), h("p", {}, sentence(each)),
      each.error?.code?.endsWith(".sealed-never-on-a-shelf") && button("btn big", async () => {
        await sync.keep({ kind: "FAILED", parcel: each.parcel, why: "SEALED" });
        sync.understood(each.id);
      }, say("sealed-back", { n: each.parcel })),
      button("btn big quiet", () => sync.understood(each.id), say("understood")))),
  ];
}

function sentence(each) {
  const code = each.error?.code ?? "";
  const facts = { parcel: each.parcel, by: say(`hand-${each.by}`) || each.by, at: clock(each.at), kind: say(`kind-${each.kind}`), code };
  if (each.answer === "LATE" && code.endsWith(".shelf-crowded")) return say("told-crowded", { shelf: each.error.where, n: each.error.people, at: each.error.at });
  if (each.answer === "LATE") return say(each.by ? "told-late" : "told-late-nobody", facts);
  if (each.answer === "UNFIT") return say("told-unfit", facts);
  const key = `refused-${code.split(".").pop()}`;
  return say(knows(key) ? key : "refused", facts);
}

// I am free, the end ---------------------------------------------------------------------------------------------

/** Answered from what this telephone carries; where there is network the house's newer word is drawn as it comes. */
export function free() {
  const [own] = book.nextStops();
  const top = [back("#/", say("rounds")), title(say("free"))];
  if (own && !isFree) {
    return [...top, h("p", {}, say("free-own")),
      h("a", { class: "card good next", href: `#/stop/${own.stop.id}` }, h("strong", { class: "way place" }, placeOf(own.stop)), stopTags(own.stop))];
  }
  const tell = async () => {
    isFree = true;
    await sync.keep({ kind: "FREE" });
  };
  if (!isFree) return [...top, h("p", {}, say("free-lead")), button("btn big", tell, say("free-tell"))];
  const { help, network } = sync.state;
  if (!help) return [...top, notice("watch", say(network === "on" ? "free-asking" : "free-offline"))];
  const near = book.nearestHelp(sync.now());
  const taken = book.rounds().find((round) => round.id === "besides");
  return [...top,
    network !== "on" && notice("watch", say("free-carried", { at: clock(help.now) })),
    taken && roundCard(taken),
    near ? helpCard(near) : !taken && notice("good", say("free-nothing"))];
}

function helpCard(near) {
  return h("section", { class: "card good" },
    h("strong", { class: "place" }, `${near.community} ${near.building}`),
    near.metres !== null && h("p", { class: "soft" }, say(near.isEstimate ? "free-metres-estimated" : "free-metres", { metres: near.metres })),
    near.lines.map((line) => h("article", {}, h("p", {}, h("strong", {}, lineOf(line))),
      line.parcels.length ? takeOver(line) : h("p", {}, say("free-ring", { courier: line.courier })),
      line.parcels.length > 1 && !line.is_whole && link("#/scan", "btn quiet", say("free-scan")))));
}

/** `sure`: "sure" once it was said to end with parcels in hand all the same. */
export function end(sure) {
  const waiting = sync.unsent().length;
  const inHand = book.rounds().flatMap(book.parcelsOf).filter(book.isInHand);
  const wipe = async () => {
    await sync.keep({ kind: "ENDED" });
    await sync.run();
    if (sync.unsent().length) return; // the screen says so
    await sync.end();
    go("#/");
  };
  const finish = [h("p", {}, say("end-lead")), button("btn big danger", wipe, say("end-wipe"))];
  return [
    back("#/", say("rounds")),
    title(say("end")),
    inHand.length > 0 && h("section", { class: "card watch" }, h("p", {}, say("end-in-hand", { n: inHand.length })),
      h("ul", { class: "lines" }, inHand.map((parcel) => h("li", {}, link(parcelLink(parcel), "", `${parcel.code} · ${parcel.address}`))))),
    waiting > 0
      ? [notice("bad", say("end-unsent", { n: waiting })), button("btn big", () => sync.run(), say("bar-send"))]
      : inHand.length > 0 && sure !== "sure" ? link("#/end/sure", "btn big quiet", say("end-all-the-same"))
        : [inHand.length > 0 && h("p", {}, say("end-told")), finish],
  ];
}
