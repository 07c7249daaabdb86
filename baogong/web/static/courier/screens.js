// The screens, each a list of elements: today's rounds, a stop, a parcel, the call list. One thumb, gloves, plain words.
import * as camera from "./camera.js";
import { isCode, tidy } from "./codes.js";
import { button, flat, h, link, tag } from "./dom.js";
import * as house from "./house.js";
import { signaturePad } from "./pad.js";
import * as book from "./round.js";
import * as sync from "./sync.js";
import { clock, inWords, knows, say } from "./words.js";

const WHYS = ["NOBODY", "REFUSED", "NO_ENTRY", "WRONG_ADDRESS", "DAMAGED", "NO_TIME", "SHELF_FULL"];
const IN_PERSON = ["WITNESSED", "SIGNED"]; // offered for a parcel of which nothing is known: never a shelf
const TAKERS = ["RESIDENT", "NEIGHBOUR", "VOLUNTEER"];

let stopCamera = () => {};
let lastRead = ""; // the code read last: it shows that the parcel was there

const go = (address) => { window.location.hash = address; };
const title = (...words) => h("h1", { tabindex: "-1" }, ...words);
const back = (address, words) => h("p", {}, link(address, "btn quiet", `← ${words}`));
const notice = (kind, ...words) => h("div", { class: `notice ${kind}`, role: "status" }, ...words);
const parcelLink = (parcel) => `#/parcel/${encodeURIComponent(parcel.code)}`;

/** Called when a screen is left. */
export function leave() {
  stopCamera();
  stopCamera = () => {};
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
      trouble.textContent = say(refusal.status ? "pair-refused" : "pair-offline");
      trouble.hidden = false;
    }
  };
  if (asked === "pair" && scanned) {
    field.value = scanned;
    // A code works once, and it does not stay in the address.
    window.history.replaceState(null, "", window.location.pathname);
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
  if (sync.state.network === "ended") return ended();
  const rounds = book.rounds();
  const [next] = book.nextStops();
  const back_ = book.toBringBack();
  return [
    title(sync.state.sheet.courier),
    h("p", { class: "lead" }, say("home-lead", { station: sync.state.sheet.station, until: clock(sync.state.sheet.until_at) })),
    sync.isShiftOver() && notice("watch", say("shift-over")),
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

function ended() {
  const left = sync.unsent();
  return [
    title(say("ended-title")),
    h("p", {}, say("ended-lead")),
    left.length > 0 && notice("bad", say("ended-unsent", { n: left.length })),
    h("ul", { class: "lines" }, left.map((act) => h("li", {}, `${clock(act.at)} · ${say(`kind-${act.kind}`)} ${act.parcel ?? ""}`))),
    button("btn big danger", async () => { await sync.end(); window.location.reload(); }, say("end-wipe")),
  ];
}

function roundCard(round) {
  const all = book.parcelsOf(round);
  const open = all.filter((parcel) => parcel.is_open);
  return h("a", { class: `card round ${open.length ? "" : "done"}`, href: `#/round/${round.id}` },
    h("div", { class: "row between" }, h("strong", { class: "number" }, `${say("round")} ${round.name}`),
      h("span", { class: "moment" }, clock(round.leaves_at))),
    h("span", {}, say(open.length ? "round-left" : "round-done", { n: open.length, all: all.length, stops: round.stops.length })));
}

export function round(id) {
  const found = book.rounds().find((each) => each.id === id);
  if (!found) return [back("#/", say("rounds")), notice("watch", say("not-on-sheet"))];
  const waiting = book.parcelsOf(found).filter((parcel) => parcel.is_open && parcel.state === "AT_STATION");
  return [
    back("#/", say("rounds")),
    title(`${say("round")} ${found.name}`),
    h("p", { class: "lead" }, say("round-times", { from: clock(found.leaves_at), until: clock(found.back_at) })),
    inWords(found, "reason") && h("p", { class: "soft" }, inWords(found, "reason")),
    waiting.length > 0 && h("section", { class: "card watch" }, h("h2", {}, say("take-title", { n: waiting.length })),
      h("p", {}, say("take-lead")),
      button("btn big", () => sync.keep(...waiting.map((parcel) => ({ kind: "TAKEN", parcel: parcel.code }))), say("take-all", { n: waiting.length })),
      link("#/scan", "btn quiet", say("take-scan"))),
    h("ol", { class: "stops" }, found.stops.map((stop) => h("li", {},
      h("a", { class: `card ${book.openOf(stop).length ? "" : "done"}`, href: `#/stop/${stop.id}` },
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
    open.length ? tag("", say("to-bring", { n: open.length })) : tag("good", `✓ ${say("stop-done")}`),
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
  const done = here.parcels.filter((parcel) => !parcel.is_open);
  return [
    back(`#/round/${found.round.id}`, `${say("round")} ${found.round.name}`),
    title(placeOf(here)),
    stopTags(here),
    here.door_note && h("p", { class: "notice watch note" }, `“${here.door_note}”`),
    onShelf.length > 0 && button("btn big", () => shelve(onShelf, here), say("shelve-all", { n: onShelf.length, shelf: here.shelf })),
    open.length > 0 && link("#/scan", "btn quiet", say("scan")),
    h("ul", { class: "parcels" }, open.map((parcel) => h("li", {}, h("a", { class: "card", href: parcelLink(parcel) }, ...parcelFacts(parcel))))),
    done.length > 0 && h("details", { class: "card" }, h("summary", {}, say("done-here", { n: done.length })),
      h("ul", { class: "lines" }, done.map((parcel) => h("li", {}, link(parcelLink(parcel), "", `${parcel.code} · ${parcel.address}`), " ", stateTag(parcel))))),
    nextAfter(here),
  ];
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
  if (parcel.is_returned) return tag("watch", say("state-RETURNED"));
  if (parcel.failed && parcel.state !== "HANDED_OVER") return tag("late", `✗ ${say(`why-${parcel.failed}`)}`);
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
    it.is_open ? waysOut(it, here, away) : h("section", { class: "card" }, h("p", {}, stateTag(it)), stillPossible(it, here, away)),
  ];
}

/** Not on this telephone's sheet: the house decides later whether it was ours. */
function strange(code) {
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

function waysOut(it, here, away) {
  const box = h("div", { class: "ways" });
  const offer = () => box.replaceChildren(...flat([
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
  if (it.state === "ON_SHELF") return button("btn quiet", () => handOver(it, "CONTACTLESS", [{ kind: "CODE", text: it.code }], say("from-shelf"), away), say("fetched"));
  if (it.state === "WITH_COURIER" && it.failed) {
    return [
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
    const photo = h("input", { type: "file", id: "photo", accept: "image/*", capture: "environment" });
    const typed = h("input", { type: "text", id: "there", autocomplete: "off", autocapitalize: "characters", maxlength: "40", value: lastRead === it.code ? it.code : "" });
    const trouble = h("p", { role: "alert", class: "notice bad", hidden: true });
    const send = async (event) => {
      event.preventDefault();
      const evidence = [];
      const taken = await camera.picture(photo).catch(() => "");
      if (taken) evidence.push({ kind: "PHOTO", photo_base64: taken });
      if (tidy(typed.value) === it.code || (it.waybill && tidy(typed.value) === it.waybill)) evidence.push({ kind: "CODE", text: it.code });
      if (!evidence.length) {
        trouble.textContent = say("left-nothing-shown");
        trouble.hidden = false;
        return;
      }
      await handOver(it, "CONTACTLESS", evidence, "", away);
    };
    return [h("form", { class: "card", onsubmit: send, "data-keep": true }, h("h2", {}, say("mode-CONTACTLESS")), h("p", {}, say("left-lead")),
      h("div", { class: "field" }, h("label", { for: "photo" }, say("photo")), photo),
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
      await handOver(it, "SIGNED", [{ kind: "SIGNATURE", text: JSON.stringify(pad.strokes()), by_name: name.value.trim() || it.address || it.code }], "", away);
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
  const find = (text) => {
    const code = tidy(text);
    const known = book.parcelOf(code);
    if (!known && !isCode(code)) {
      trouble.textContent = say("code-wrong", { code });
      trouble.hidden = false;
      return;
    }
    lastRead = known ? known.parcel.code : code;
    go(`#/parcel/${encodeURIComponent(lastRead)}`);
  };
  const look = button("btn big quiet", async () => {
    try {
      stopCamera = await camera.readCodes(view, find);
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
  const shelves = book.calls();
  return [
    back("#/", say("rounds")),
    title(say("calls")),
    !shelves.length && h("div", { class: "empty" }, say("no-calls")),
    shelves.map((shelf) => h("section", {}, h("h2", {}, say("at-shelf", { shelf: shelf.name })), shelf.calls.map((call) => callCard(call, shelf)))),
  ];
}

function callCard(call, shelf) {
  const window_ = { from: clock(call.from_at), until: clock(call.until_at), shelf: shelf.name };
  return h("article", { class: `card ${call.outcome ? "done" : ""}` },
    h("div", { class: "row between" }, h("strong", { class: "place" }, call.address), h("span", { class: "moment" }, `${window_.from}–${window_.until}`)),
    h("p", { class: "soft" }, say("call-parcels", { n: call.parcels.length, there: call.on_shelf })),
    call.phone ? link(`tel:${call.phone}`, "btn big", `☎ ${call.phone}`) : h("p", { class: "notice watch" }, say("call-no-phone")),
    h("details", {}, h("summary", {}, say("call-what-to-say")), h("p", { class: "say" }, say("call-script", { ...window_, n: call.parcels.length }))),
    call.outcome && h("p", {}, tag(call.outcome === "NO_ANSWER" ? "watch" : "good", `✓ ${say(`outcome-${call.outcome}`)}`)),
    h("div", { class: "choices" }, ["COMES", "NO_ANSWER", "TO_DOOR"].map((outcome) => button(call.outcome === outcome ? "btn" : "btn quiet",
      () => sync.keep({ kind: "CALLED", calling: call.id, why: outcome }), say(`outcome-${outcome}`)))));
}

// What the house answered ----------------------------------------------------------------------------------------

export function told() {
  return [
    back("#/", say("rounds")),
    title(say("told")),
    !sync.state.told.length && h("div", { class: "empty" }, say("told-none")),
    sync.state.told.map((each) => h("article", { class: `card ${each.answer === "LATE" ? "watch" : "late"}` },
      h("strong", { class: "number code" }, each.parcel), h("p", {}, sentence(each)),
      button("btn big quiet", () => sync.understood(each.id), say("understood")))),
  ];
}

function sentence(each) {
  const code = each.error?.code ?? "";
  const facts = { parcel: each.parcel, by: each.by, at: clock(each.at), kind: say(`kind-${each.kind}`), message: each.error?.message ?? "" };
  if (each.answer === "LATE") return say(each.by ? "told-late" : "told-late-nobody", facts);
  const key = `refused-${code.split(".").pop()}`;
  return say(knows(key) ? key : "refused", facts);
}

// I am free, the end ---------------------------------------------------------------------------------------------

export function free() {
  const [own] = book.nextStops();
  const found = h("div", { role: "status" }, h("p", { class: "soft" }, say("free-asking")));
  const nobody = () => found.replaceChildren(notice("watch", say("free-offline")));
  const tell = async () => {
    await sync.keep({ kind: "FREE" });
    await sync.run();
    try {
      const help = await house.nearest();
      found.replaceChildren(help.building
        ? h("section", { class: "card good" }, h("strong", { class: "place" }, `${help.community} ${help.building}`),
          h("p", {}, say(help.is_estimate ? "free-there-estimated" : "free-there", { n: help.parcels, courier: help.courier, metres: help.walk_m })))
        : notice("good", say("free-nothing")));
    } catch {
      nobody();
    }
  };
  if (own) {
    return [back("#/", say("rounds")), title(say("free")), h("p", {}, say("free-own")),
      h("a", { class: "card good next", href: `#/stop/${own.stop.id}` }, h("strong", { class: "way place" }, placeOf(own.stop)), stopTags(own.stop))];
  }
  const ask = button("btn big", () => { ask.remove(); box.append(found); tell(); }, say("free-tell"));
  const box = h("div", { "data-keep": true }, ask);
  return [back("#/", say("rounds")), title(say("free")), h("p", {}, say("free-lead")), box];
}

export function end() {
  const waiting = sync.unsent().length;
  const inHand = book.rounds().flatMap(book.parcelsOf).filter((parcel) => parcel.state === "WITH_COURIER").length;
  return [
    back("#/", say("rounds")),
    title(say("end")),
    inHand > 0 && notice("watch", say("end-in-hand", { n: inHand })),
    waiting > 0
      ? [notice("bad", say("end-unsent", { n: waiting })), button("btn big", () => sync.run(), say("bar-send"))]
      : [h("p", {}, say("end-lead")), button("btn big danger", async () => { await sync.end(); go("#/"); }, say("end-wipe"))],
  ];
}
