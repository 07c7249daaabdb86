// Send what was done as soon as the house can be reached, and fetch the sheet again. An act is sent until it is answered;
// the house knows it by its id, so that one sent twice is one act.
import * as house from "./house.js";
import * as store from "./store.js";

const AT_ONCE_MAX = 20; // acts in one message
const CHARACTERS_MAX = 600000; // and what it weighs, some carry a picture: a weak network carries it before patience ends
const WAIT_MS = [2000, 5000, 15000, 60000, 300000];
const FRESH_MS = 120000; // a sheet is asked for again after so long
const HELP_FRESH_MS = 300000; // and where one can help, unless something was sent since
const TO_READ = ["LATE", "UNFIT", "CONFLICT", "REFUSED"];

/**
 * What the screens show.
 * sheet    what the house said last; null: this telephone is not set up, or must show nothing any more
 * left     what is kept of a round that is gone from here: why ("over": the shift; "replaced": another telephone is in use;
 *          "ended": the house knows this one no more) and the codes of parcels still in hand, no address
 * help     where to help and what may be taken over, as the house said it last: answered from here when somebody is free
 * acts     what was done since; each is sent under the token it was done under; held: the house does not take it as it is
 * told     answers to be read
 * network  "on", "off" (the house is not reached), "trouble" (it is reached and answers wrongly), "broken" (this page itself
 *          stumbled), "ended"
 */
export const state = {
  sheet: null, help: null, left: null, acts: [], told: [], network: navigator.onLine ? "on" : "off", sentAt: null, isBusy: false,
};

let changed = () => {};
let stumbled = () => {};
let inHand = () => [];
let tries = 0;
let bell = 0;
let running = null;

/** The house's time as far as this telephone knows it: a telephone's clock may be wrong, a drill's stands elsewhere. */
export function now() {
  return new Date(Date.now() + ((state.sheet ?? state.left)?.ahead_ms ?? 0));
}

export const unsent = () => state.acts.filter((act) => !act.answer);
/** Only this page has them: the browser would not write them. */
export const afloat = () => store.floating().acts;
export const isLeaky = () => store.floating().isMore;
export const held = () => unsent().filter((act) => act.held);
const fresh = () => unsent().filter((act) => !act.held);
const JUMP_MS = 60000;

/** Now, and never before what was done last: each sheet sets the clock anew, and a slow network makes it jump back a little. */
function moment() {
  const last = Math.max(0, ...state.acts.map((act) => new Date(act.at).getTime())), at = now().getTime();
  return new Date(last >= at && last - at < JUMP_MS ? last + 1 : at);
}

const isShiftOver = () => state.sheet !== null && now() >= new Date(state.sheet.until_at);
/** Whether nothing of a round may be shown here: each screen is asked this before it is drawn. */
export const isShut = () => state.left !== null || isShiftOver();

export async function load() {
  state.sheet = (await store.read("sheet")) ?? null;
  state.help = (await store.read("help")) ?? null;
  state.left = (await store.read("left")) ?? null;
  state.sentAt = (await store.read("sentAt")) ?? null;
  await reload();
  await leaveWhenOver();
}

async function reload() {
  [state.acts, state.told] = await Promise.all([store.acts(), store.told()]);
  changed();
}

/** Keep what was done, then try to send it. `facts` of each: parcel, mode, why, note, shelf, calling, evidence. */
export async function keep(...done) {
  const at = moment().toISOString();
  const token = await store.read("token");
  const last = state.acts.reduce((most, act) => Math.max(most, act.number), Date.now());
  await store.add(
    done.map((facts, index) => ({ id: store.newId(), at, evidence: [], ...facts, token, answer: null, number: last + 1 + index })),
  );
  await reload();
  tries = 0;
  run();
}

/** One at a time; whoever asks while it runs waits for the same. */
export function run() {
  window.clearTimeout(bell);
  running ??= once().finally(() => {
    running = null;
    state.isBusy = false;
    changed();
    // Done while the last ones were on their way: whoever waits for all to be sent waits for these as well.
    return state.network === "on" && (state.sheet || state.left) && fresh().length ? run() : undefined;
  });
  return running;
}

async function once() {
  try {
    if (!(await store.read("token"))) return;
    await leaveWhenOver();
    state.isBusy = true;
    changed();
    const isTold = await sendAll();
    await look();
    if (state.sheet) await lookForHelp(isTold);
    tries = 0;
    state.network = "on";
  } catch (refusal) {
    if (refusal instanceof house.Refused && isUnknown(refusal)) {
      await leave("ended");
      state.network = "ended";
      return;
    }
    if (!(refusal instanceof house.Refused)) {
      state.network = "broken";
      stumbled(refusal);
    } else state.network = refusal.status ? "trouble" : "off";
  }
  if (state.network === "on") bell = window.setTimeout(run, FRESH_MS);
  else {
    bell = window.setTimeout(run, WAIT_MS[Math.min(tries, WAIT_MS.length - 1)]);
    tries += 1;
  }
}

const isUnknown = (refusal) => ["web.not-set-up", "delivery.device-unusable"].includes(refusal.code);
/** Refused for what was sent, not for who sent it or when: another act may well be taken. */
const isAboutTheActs = (refusal) => refusal.status >= 400 && ![401, 403, 429].includes(refusal.status);

/**
 * In parts. One that is refused is sent again in halves, down to the single act that spoils it: that one is held, the others
 * go on. Where the house refuses everything for trouble of its own, nothing is held and all is tried again later. Says
 * whether anything was taken.
 */
async function sendAll() {
  const own = await store.read("token");
  const parts = inParts(own);
  const doubtful = [];
  let isTaken = false;
  while (parts.length) {
    const part = parts.shift();
    try {
      await sendPart(part, own);
      isTaken = true;
    } catch (refusal) {
      if (!(refusal instanceof house.Refused)) throw refusal;
      const [act] = part;
      if (isUnknown(refusal) && act.token && act.token !== own) await holdAll(part, refusal);
      else if (!isAboutTheActs(refusal)) throw refusal;
      else if (part.length > 1) parts.unshift(part.slice(0, part.length / 2), part.slice(part.length / 2));
      else if (refusal.status < 500) await holdAll(part, refusal);
      else {
        doubtful.push([part, refusal]);
        if (!isTaken && doubtful.length > 1) throw refusal;
      }
    }
  }
  for (const [part, refusal] of doubtful) {
    if (!isTaken) throw refusal;
    await holdAll(part, refusal);
  }
  return isTaken;
}

async function holdAll(part, { status, code }) {
  await store.hold(part.map((act) => act.id), { status, code });
  await reload();
}

/** Under one token each, in the order they were done; what was held before comes last and alone. */
function inParts(own) {
  const parts = [];
  const tokens = new Set(fresh().map((act) => act.token ?? own));
  tokens.forEach((token) => {
    let waiting = fresh().filter((act) => (act.token ?? own) === token);
    while (waiting.length) {
      const count = atOnce(waiting);
      parts.push(waiting.slice(0, count));
      waiting = waiting.slice(count);
    }
  });
  return [...parts, ...held().map((act) => [act])];
}

async function sendPart(part, own) {
  const { answers } = await house.send(part.map(({ answer, number, token, held: _held, ...act }) => act), part[0].token ?? own);
  const numbered = new Map(part.map((act) => [act.id, act]));
  const toRead = answers
    .filter((told) => TO_READ.includes(told.answer))
    .map((told) => ({ ...told, kind: numbered.get(told.id).kind, number: numbered.get(told.id).number }));
  await store.answer(answers, toRead);
  state.sentAt = now().toISOString();
  await store.write("sentAt", state.sentAt);
  await reload();
}

/** How many of them go in one message: at least one, however large. */
function atOnce(waiting) {
  let characters = 0;
  const tooMany = waiting.slice(0, AT_ONCE_MAX).findIndex((act, index) => {
    characters += JSON.stringify(act).length;
    return index > 0 && characters > CHARACTERS_MAX;
  });
  return tooMany === -1 ? AT_ONCE_MAX : tooMany;
}

/** The sheet as the house has it now. Where it shows nothing any more, this telephone keeps nothing either. */
async function look() {
  try {
    const sheet = await house.sheet();
    sheet.ahead_ms = new Date(sheet.now) - Date.now();
    await store.write("sheet", sheet);
    await store.remove("left");
    await store.forgetAnswered();
    Object.assign(state, { sheet, left: null });
    await reload();
  } catch (refusal) {
    if (refusal.code === "delivery.device-retired") await leave("replaced");
    else if (refusal.code === "delivery.shift-over") await leave("over");
    else throw refusal;
  }
}

/** Where to help, kept for when the network is gone. */
async function lookForHelp(isTold) {
  if (state.help && !isTold && now() - new Date(state.help.now) < HELP_FRESH_MS) return;
  const help = await house.help();
  await store.write("help", help);
  state.help = help;
  changed();
}

async function leaveWhenOver() {
  if (isShiftOver()) await leave("over");
}

/** The round goes from this telephone: addresses, numbers, notes. What was not sent stays, and is sent while the house takes it. */
async function leave(why) {
  const { courier = "", station = "", until_at = null, ahead_ms = 0 } = state.sheet ?? state.left ?? {};
  const codes = state.sheet ? inHand() : state.left?.codes ?? [];
  const left = { why, courier, station, until_at, ahead_ms, codes };
  await store.leave(left);
  Object.assign(state, { sheet: null, help: null, left });
  await reload();
  if (why === "over" && !unsent().length && !state.told.length && !stillInHand().length) await forget();
}

/** Codes of what this telephone's courier still holds after the round is gone from it. */
export function stillInHand() {
  const back = new Set(state.acts.filter((act) => ["RETURNED", "HANDED_OVER", "ON_SHELF"].includes(act.kind)).map((act) => act.parcel));
  return (state.left?.codes ?? []).filter((code) => !back.has(code));
}

/** Nothing of this shift stays here. What was not sent must have been sent before. */
export async function end() {
  await running?.catch(() => {}); // a sheet on its way would be kept after all
  window.clearTimeout(bell);
  await forget();
}

async function forget() {
  await store.wipe();
  Object.assign(state, { sheet: null, help: null, left: null, sentAt: null });
  await reload();
}

/** For a new shift or another courier. What was done under an earlier token stays and is sent under that one. */
export async function setUp(code) {
  const { token } = await house.pair(code);
  await running?.catch(() => {});
  window.clearTimeout(bell);
  await store.setUp(token);
  Object.assign(state, { sheet: null, help: null, left: null, sentAt: null, network: "on" });
  await reload();
  await run();
}

export async function understood(id) {
  await store.forgetTold(id);
  await reload();
}

/** `codesInHand`: of the round as it stands, called while there is one. `onStumble`: with what nobody foresaw. */
export function start(onChange, codesInHand, onStumble) {
  changed = onChange;
  stumbled = onStumble;
  inHand = codesInHand;
  window.addEventListener("online", () => { tries = 0; run(); });
  window.addEventListener("offline", () => { if (state.network !== "ended") state.network = "off"; changed(); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") run(); });
  // What only this page has goes with it: whoever shuts it is asked once more.
  window.addEventListener("beforeunload", (event) => { if (afloat().length) event.preventDefault(); });
}
