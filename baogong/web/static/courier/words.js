// What the page says, in both languages: rendered into the page from the site's own catalogues.

const WORDS = JSON.parse(document.getElementById("words").textContent);
export const LANGUAGES = Object.keys(WORDS);
let language = document.documentElement.lang;

export function speak(chosen) {
  language = LANGUAGES.includes(chosen) ? chosen : LANGUAGES[0];
  document.documentElement.lang = language;
}

export function spoken() {
  return language;
}

/** The sentence of a key with its facts: say("unsent", {n: 3}); "" where there is none. */
export function say(key, facts = {}) {
  return (WORDS[language][key] ?? "").replace(/%\((\w+)\)s/g, (_, name) => facts[name] ?? "");
}

export function knows(key) {
  return key in WORDS[language];
}

/** The one of a thing's two names that fits the language. */
export function inWords(thing, field) {
  const [zh, en] = [thing[`${field}_zh`], thing[`${field}_en`]];
  return language.startsWith("zh") ? zh || en : en || zh;
}

let zone;

/** The house's time zone, not the telephone's. */
export function setZone(name) {
  zone = name;
}

/** Where a drill's story stands: 04-13 08:00. */
export function dayAndClock(moment) {
  const day = new Date(moment).toLocaleDateString("en-CA", { month: "2-digit", day: "2-digit", timeZone: zone });
  return `${day.slice(-5).replace("/", "-")} ${clock(moment)}`;
}

export function clock(moment) {
  return moment ? new Date(moment).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone }) : "";
}
