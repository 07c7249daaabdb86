// Send what was done as soon as the house can be reached, and fetch the sheet again. An act is sent until it is answered;
// the house knows it by its id, so that one sent twice is one act.
import * as house from "./house.js";
import * as store from "./store.js";

const AT_ONCE_MAX = 20; // acts in one message
const CHARACTERS_MAX = 600000; // and what it weighs, some carry a picture: a weak network carries it before patience ends
const WAIT_MS = [2000, 5000, 15000, 60000, 300000];
const FRESH_MS = 120000; // a sheet is asked for again after so long
const TO_READ = ["LATE", "CONFLICT", "REFUSED"];

/**
 * What the screens show.
 * sheet    what the house said last; null: this telephone is not set up
 * acts     what was done since; told: answers to be read
 * network  "on", "off" (the house is not reached), "ended" (the house knows this telephone no more)
 */
export const state = { sheet: null, acts: [], told: [], network: navigator.onLine ? "on" : "off", sentAt: null, isBusy: false };

let changed = () => {};
let tries = 0;
let bell = 0;
let running = null;

/** The house's time as far as this telephone knows it: a telephone's clock may be wrong, a drill's stands elsewhere. */
export function now() {
  return new Date(Date.now() + (state.sheet ? state.sheet.ahead_ms : 0));
}

export const unsent = () => state.acts.filter((act) => !act.answer);
export const isShiftOver = () => state.sheet !== null && now() >= new Date(state.sheet.until_at);

export async function load() {
  state.sheet = (await store.read("sheet")) ?? null;
  state.sentAt = (await store.read("sentAt")) ?? null;
  await reload();
}

async function reload() {
  [state.acts, state.told] = await Promise.all([store.acts(), store.told()]);
  changed();
}

/** Keep what was done, then try to send it. `facts` of each: parcel, mode, why, note, shelf, calling, evidence. */
export async function keep(...done) {
  const at = now().toISOString();
  const last = state.acts.reduce((most, act) => Math.max(most, act.number), Date.now());
  await store.add(
    done.map((facts, index) => ({ id: store.newId(), at, evidence: [], ...facts, answer: null, number: last + 1 + index })),
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
    if (state.network === "on" && state.sheet && unsent().length) run(); // done while the last ones were on their way
  });
  return running;
}

async function once() {
  if (!(await store.read("token"))) return;
  state.isBusy = true;
  changed();
  try {
    await sendAll();
    await look();
    tries = 0;
    state.network = "on";
  } catch (refusal) {
    if (!(refusal instanceof house.Refused)) throw refusal;
    if (refusal.code === "web.not-set-up" || refusal.code === "delivery.device-unusable") {
      state.network = "ended";
      return;
    }
    state.network = "off";
  }
  if (state.network === "off") {
    bell = window.setTimeout(run, WAIT_MS[Math.min(tries, WAIT_MS.length - 1)]);
    tries += 1;
  } else bell = window.setTimeout(run, FRESH_MS);
}

async function sendAll() {
  for (let waiting = unsent(); waiting.length; waiting = unsent()) {
    const part = waiting.slice(0, atOnce(waiting));
    const { answers } = await house.send(part.map(({ answer, number, ...act }) => act));
    const numbered = new Map(part.map((act) => [act.id, act]));
    const toRead = answers
      .filter((told) => TO_READ.includes(told.answer))
      .map((told) => ({ ...told, kind: numbered.get(told.id).kind, number: numbered.get(told.id).number }));
    await store.answer(answers, toRead);
    state.sentAt = now().toISOString();
    await store.write("sentAt", state.sentAt);
    await reload();
  }
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

/** The sheet as the house has it now. After the shift it shows nothing, and this telephone keeps nothing. */
async function look() {
  try {
    const sheet = await house.sheet();
    sheet.ahead_ms = new Date(sheet.now) - Date.now();
    await store.write("sheet", sheet);
    await store.forgetAnswered();
    state.sheet = sheet;
    await reload();
  } catch (refusal) {
    if (refusal.code !== "delivery.shift-over") throw refusal;
    if (!unsent().length && !state.told.length) await forget();
  }
}

/** Nothing of this shift stays here. What was not sent must have been sent before. */
export async function end() {
  await running?.catch(() => {}); // a sheet on its way would be kept after all
  window.clearTimeout(bell);
  await forget();
}

async function forget() {
  await store.wipe();
  Object.assign(state, { sheet: null, sentAt: null });
  await reload();
}

export async function setUp(code) {
  const { token } = await house.pair(code);
  await end();
  await store.write("token", token);
  state.network = "on";
  await run();
}

export async function understood(id) {
  await store.forgetTold(id);
  await reload();
}

export function start(onChange) {
  changed = onChange;
  window.addEventListener("online", () => { tries = 0; run(); });
  window.addEventListener("offline", () => { state.network = "off"; changed(); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") run(); });
}
