// What this telephone keeps: its token, the sheet of its rounds, what was done and not yet sent, what the house answered.

const NAME = "baogong-courier";
const VERSION = 1;
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

async function within(stores, mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(stores, mode);
    let result;
    transaction.oncomplete = () => resolve(result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
    work(transaction, (value) => { result = value; });
  });
}

export function read(key) {
  return within(["kept"], "readonly", (transaction, give) => {
    const asked = transaction.objectStore("kept").get(key);
    asked.onsuccess = () => give(asked.result);
  });
}

export function write(key, value) {
  return within(["kept"], "readwrite", (transaction) => { transaction.objectStore("kept").put(value, key); });
}

function all(store) {
  return within([store], "readonly", (transaction, give) => {
    const asked = transaction.objectStore(store).getAll();
    asked.onsuccess = () => give(asked.result);
  });
}

/** Acts in the order they were done; `answer` null: not sent. */
export async function acts() {
  return (await all("acts")).sort((one, other) => one.number - other.number);
}

/** Several acts at once, or none of them. */
export function add(fresh) {
  return within(["acts"], "readwrite", (transaction) => fresh.forEach((act) => transaction.objectStore("acts").put(act)));
}

/** Answers of the house: acts remember them, and those somebody should read are kept beside. */
export function answer(answers, toRead) {
  return within(["acts", "told"], "readwrite", (transaction) => {
    const store = transaction.objectStore("acts");
    answers.forEach((told) => {
      const asked = store.get(told.id);
      asked.onsuccess = () => {
        if (!asked.result) return;
        // Pictures and signatures are in the house now: this telephone keeps them no longer.
        store.put({ ...asked.result, evidence: [], answer: told.answer });
      };
    });
    toRead.forEach((told) => transaction.objectStore("told").put(told));
  });
}

/** The sheet knows of these: they are not needed beside it any more. */
export function forgetAnswered() {
  return within(["acts"], "readwrite", (transaction) => {
    const store = transaction.objectStore("acts");
    const asked = store.getAll();
    asked.onsuccess = () => asked.result.filter((act) => act.answer).forEach((act) => store.delete(act.id));
  });
}

export async function told() {
  return (await all("told")).sort((one, other) => one.number - other.number);
}

export function forgetTold(id) {
  return within(["told"], "readwrite", (transaction) => { transaction.objectStore("told").delete(id); });
}

/** Everything of this shift goes; the language stays. */
export async function wipe() {
  const language = await read("language");
  await within(["kept", "acts", "told"], "readwrite", (transaction) => {
    ["kept", "acts", "told"].forEach((store) => transaction.objectStore(store).clear());
  });
  if (language) await write("language", language);
}

/** A UUID of this telephone's own; the browser's own maker needs HTTPS. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [8, 12, 16, 20].reduce((text, at, index) => `${text.slice(0, at + index)}-${text.slice(at + index)}`, hex);
}
