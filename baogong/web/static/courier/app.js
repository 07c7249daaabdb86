// The courier's page: draws the screen that the address names after #, again whenever something changed.
import { button, flat, h, link } from "./dom.js";
import { inHand } from "./round.js";
import * as screens from "./screens.js";
import * as store from "./store.js";
import * as sync from "./sync.js";
import { clock, dayAndClock, LANGUAGES, say, setZone, speak, spoken } from "./words.js";

const SCREENS = {
  "": screens.home,
  round: screens.round,
  stop: screens.stop,
  parcel: screens.parcel,
  scan: screens.scan,
  calls: screens.calls,
  told: screens.told,
  free: screens.free,
  end: screens.end,
};
const main = document.getElementById("screen");
let shown = null;

/** Nothing of a round is drawn once it must not be shown, whatever the address asks for. */
function screenOf(name) {
  if (window.location.hash.startsWith("#/pair")) return screens.setUp;
  if (sync.isShut()) return name === "told" ? screens.told : screens.left;
  return sync.state.sheet ? SCREENS[name] : screens.setUp;
}

/** {name, about}: #/parcel/K7F2QX is the screen "parcel" about K7F2QX. */
function asked() {
  const [, name = "", about = ""] = window.location.hash.split("/");
  return { name: name in SCREENS ? name : "", about: decodeURIComponent(about) };
}

function draw({ isNew = false } = {}) {
  const { name, about } = asked();
  const screen = screenOf(name);
  // What somebody is typing or signing is never drawn over; the bar above still tells what changed.
  const isBusy = !isNew && shown === screen && main.querySelector("[data-keep]");
  bar();
  if (isBusy) return;
  if (isNew || shown !== screen) screens.leave();
  const scrolled = isNew ? 0 : window.scrollY;
  shown = screen;
  main.replaceChildren(...flat(screen(about)));
  window.scrollTo(0, scrolled);
  if (isNew) main.querySelector("h1")?.focus();
}

function bar() {
  const { state } = sync;
  const waiting = sync.unsent().length;
  const afloat = sync.afloat().length;
  const told = { ended: "bar-ended", off: "bar-offline", trouble: "bar-trouble", broken: "bar-broken", on: "bar-online" }[state.network];
  const words = say(afloat && ["bar-offline", "bar-trouble"].includes(told) ? `${told}-afloat` : told); // never: nothing is lost
  const drill = document.getElementById("drill-clock");
  if (drill && (state.sheet || state.left)) drill.textContent = dayAndClock(sync.now());
  document.getElementById("standing").replaceChildren(
    h("span", { class: `dot-${state.network}` }, words),
    h("strong", {}, waiting ? say("bar-unsent", { n: waiting }) : state.sentAt ? say("bar-all-sent", { at: clock(state.sentAt) }) : ""),
    ...(state.sheet || state.left ? [button("btn small quiet", () => sync.run(), state.isBusy ? say("bar-sending") : say("bar-send"))] : []),
  );
  document.getElementById("notices").replaceChildren(
    ...flat([
      !window.isSecureContext && h("div", { class: "notice watch" }, say("no-https"), " ", link("/trust/", "", say("no-https-cure"))),
      afloat > 0 && link("#/told", "notice bad tellings", say("afloat", { n: afloat })),
      afloat === 0 && sync.isLeaky() && h("div", { class: "notice bad" }, say("leaky")),
      state.told.length > 0 && link("#/told", "notice bad tellings", say("told-waiting", { n: state.told.length })),
      sync.held().length > 0 && link("#/told", "notice bad tellings", say("held-waiting", { n: sync.held().length })),
    ]),
  );
  document.getElementById("newer").hidden = afloat > 0; // a page loaded anew loses them
}

/** What nobody foresaw is said in words, whatever screen is shown: a button that does nothing tells nothing. */
function stumble(error) {
  const said = document.getElementById("stumble");
  said.replaceChildren(
    h("div", { class: "notice bad", role: "alert" }, h("p", {}, say("stumbled")), h("p", { class: "soft" }, String(error?.message ?? error)),
      button("btn quiet", () => said.replaceChildren(), say("understood"))),
  );
}

function languageButton() {
  const other = LANGUAGES.find((each) => each !== spoken());
  const box = document.getElementById("language");
  box.replaceChildren(
    button("", async () => {
      await store.write("language", other);
      speak(other);
      languageButton();
      draw({ isNew: true });
    }, other.startsWith("zh") ? "中文" : "English"),
  );
  document.querySelectorAll("[data-say]").forEach((each) => { each.textContent = say(each.dataset.say); });
}

/** The page itself, kept for stairwells; a newer one is taken when whoever holds the telephone says so. */
async function keepPage() {
  if (!("serviceWorker" in navigator)) return;
  const worker = await navigator.serviceWorker.register(document.documentElement.dataset.worker);
  const offer = (waiting) => {
    if (!waiting || !navigator.serviceWorker.controller) return;
    document.getElementById("newer").replaceChildren(
      button("notice info tellings", () => waiting.postMessage("take over"), say("newer-page")),
    );
  };
  offer(worker.waiting);
  worker.addEventListener("updatefound", () => {
    const fresh = worker.installing;
    fresh.addEventListener("statechange", () => { if (fresh.state === "installed") offer(fresh); });
  });
  let isFirst = !navigator.serviceWorker.controller; // it takes over the page it came with: nothing to load again
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (!isFirst) window.location.reload();
    isFirst = false;
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") worker.update().catch(() => {});
  });
}

async function begin() {
  window.addEventListener("error", (event) => stumble(event.error ?? event.message));
  window.addEventListener("unhandledrejection", (event) => stumble(event.reason));
  setZone(document.documentElement.dataset.zone);
  speak((await store.read("language")) ?? spoken());
  languageButton();
  sync.start(draw, inHand, stumble);
  window.addEventListener("hashchange", () => draw({ isNew: true }));
  await sync.load();
  draw({ isNew: true });
  keepPage().catch(() => {});
  navigator.storage?.persist?.().catch(() => {});
  sync.run();
}

begin();
