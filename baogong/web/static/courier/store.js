// What this telephone keeps: its token, the sheet of its rounds, what was done and not yet sent, what the house answered.
// Where the browser will not write (storage full, or shut), it floats: kept in this page as long as the page lives.

const NAME = "baogong-courier";
const VERSION = 1;
const NAMES = ["kept", "acts", "told"];
let opened = null;

/** "kept": one value each; "acts": in the order they were done; "told": answers somebody should read. */
function open() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, VERSION);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("kept");
      asked.result.createObjectStore("acts", { keyPath: "id" });
      asked.result.createObjectStore("told", { keyPath: "id" });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

/** All of it is written, or nothing. */
async function within(names, mode, work) {
  try {
    const database = await open();
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(names, mode);
      let result;
      transaction.oncomplete = () => resolve(result);
      transaction.onabort = () => reject(transaction.error ?? new DOMException("given up", "AbortError"));
      try {
        result = work(transaction);
      } catch (error) {
        transaction.abort();
        reject(error);
      }
    });
  } catch (error) {
    if (error.name !== "QuotaExceededError") opened = null; // a browser may have shut the store under this page
    throw error;
  }
}

const ofEach = (make) => Object.fromEntries(NAMES.map((name) => [name, make()]));
const seen = ofEach(() => new Map()); // as the browser gave it last, for when it gives nothing
const afloat = ofEach(() => new Map()); // key → value that is not written; undefined: that it went is not written

/** Acts that are neither sent nor written, and whether anything else is not written that a page opened anew would need. */
export function floating() {
  return {
    acts: inOrder(afloat.acts).filter((act) => !act.answer),
    isMore: afloat.kept.size + afloat.told.size > 0,
  };
}

async function rows(name) {
  try {
    const [keys, values] = await within([name], "readonly", (transaction) => {
      const store = transaction.objectStore(name);
      return [store.getAllKeys(), store.getAll()];
    }).then((asked) => asked.map((each) => each.result));
    seen[name] = new Map(keys.map((key, index) => [key, values[index]]));
  } catch { /* what was seen last stands */ }
  const found = new Map(seen[name]);
  afloat[name].forEach((value, key) => (value === undefined ? found.delete(key) : found.set(key, value)));
  return found;
}

function put(changes) {
  return within(NAMES, "readwrite", (transaction) => changes.forEach(({ name, key, value }) => {
    const store = transaction.objectStore(name);
    if (value === undefined) store.delete(key);
    else if (store.keyPath) store.put(value);
    else store.put(value, key);
  }));
}

/** Whether they are written. */
async function attempt(changes) {
  try {
    if (changes.length) await put(changes);
    changes.forEach(({ name, key }) => afloat[name].delete(key));
    return true;
  } catch {
    changes.forEach(({ name, key, value }) => afloat[name].set(key, value));
    return false;
  }
}

async function changeNow(names, edit) {
  const before = {}, after = {};
  for (const name of names) {
    before[name] = await rows(name);
    after[name] = new Map(before[name]);
  }
  edit(after);
  const changes = names.flatMap((name) => [...new Set([...before[name].keys(), ...after[name].keys()])]
    .filter((key) => before[name].get(key) !== after[name].get(key)).map((key) => ({ name, key, value: after[name].get(key) })));
  const isWritten = await attempt(changes);
  // What has to go goes, though nothing new finds room; then what floats is tried again, each by itself.
  if (!isWritten) await attempt(changes.filter((each) => each.value === undefined));
  else for (const name of NAMES) for (const [key, value] of afloat[name]) await attempt([{ name, key, value }]);
}

let turn = Promise.resolve();

/** `edit` is given a Map of each of these stores and changes it; one after the other. */
function change(names, edit) {
  const done = turn.then(() => changeNow(names, edit));
  turn = done.catch(() => {});
  return done;
}

export const read = async (key) => (await rows("kept")).get(key);
export const write = (key, value) => change(["kept"], ({ kept }) => { kept.set(key, value); });
export const remove = (key) => change(["kept"], ({ kept }) => { kept.delete(key); });

const inOrder = (found) => [...found.values()].filter(Boolean).sort((one, other) => one.number - other.number);

/** Acts in the order they were done; `answer` null: not sent. */
export const acts = async () => inOrder(await rows("acts"));
export const told = async () => inOrder(await rows("told"));

export const add = (fresh) => change(["acts"], ({ acts: all }) => fresh.forEach((act) => all.set(act.id, act)));

/** Answers of the house: acts remember them, and those somebody should read are kept beside. */
export function answer(answers, toRead) {
  return change(["acts", "told"], ({ acts: all, told: allTold }) => {
    answers.filter(({ id }) => all.has(id)).forEach((given) => {
      // Pictures and signatures are in the house now: this telephone keeps them no longer.
      all.set(given.id, { ...all.get(given.id), evidence: [], held: null, answer: given.answer });
    });
    toRead.forEach((each) => allTold.set(each.id, each));
  });
}

/** The house does not take these as they are: they stay, with what it said. */
export function hold(ids, held) {
  return change(["acts"], ({ acts: all }) => ids.filter((id) => all.has(id)).forEach((id) => all.set(id, { ...all.get(id), held })));
}

/** The sheet and the help it named go, and `left` says what is left of them. */
export function leave(left) {
  return change(["kept"], ({ kept }) => {
    ["sheet", "help"].forEach((key) => kept.delete(key));
    kept.set("left", left);
  });
}

/** A token in place of the one before, and nothing of its round; acts stay, each with its own token. */
export function setUp(token) {
  return change(["kept"], ({ kept }) => {
    ["sheet", "help", "left", "sentAt"].forEach((key) => kept.delete(key));
    kept.set("token", token);
  });
}

/** The sheet knows of these: they are not needed beside it any more. */
export function forgetAnswered() {
  return change(["acts"], ({ acts: all }) => [...all.values()].filter((act) => act.answer).forEach((act) => all.delete(act.id)));
}

export const forgetTold = (id) => change(["told"], ({ told: all }) => { all.delete(id); });

/** Everything of this shift goes; the language stays. */
export function wipe() {
  return change(NAMES, ({ kept, acts: all, told: allTold }) => {
    [...kept.keys()].filter((key) => key !== "language").forEach((key) => kept.delete(key));
    [all, allTold].forEach((each) => each.clear());
  });
}

/** A UUID of this telephone's own; the browser's own maker needs HTTPS. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [8, 12, 16, 20].reduce((text, at, index) => `${text.slice(0, at + index)}-${text.slice(at + index)}`, hex);
}
