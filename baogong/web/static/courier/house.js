// Everything this telephone asks the house. Its token travels in a header, never in an address.
import * as store from "./store.js";

const HOUSE = document.documentElement.dataset.house;
const PATIENCE_MS = 60000;

/** `status` 0: the house was not reached; 502: somebody answered who is not the house, or it is in trouble. */
export class Refused extends Error {
  constructor(status, error = {}) {
    super(error.message || "");
    this.status = status;
    this.code = error.code || "";
  }
}

async function ask(method, path, { body, token } = {}) {
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Device ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  const patience = new AbortController();
  const bell = window.setTimeout(() => patience.abort(), PATIENCE_MS);
  let answer;
  try {
    answer = await fetch(HOUSE + path, {
      method,
      headers,
      body: body && JSON.stringify(body),
      credentials: "omit",
      cache: "no-store",
      signal: patience.signal,
    });
  } catch {
    throw new Refused(0);
  } finally {
    window.clearTimeout(bell);
  }
  const said = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refused(answer.status, said?.error);
  if (said === null) throw new Refused(502);
  return said;
}

/** The code the keeper's page shows becomes this telephone's token: once. */
export const pair = (code) => ask("POST", "pair/", { body: { code } });

const withToken = async (method, path, body) => ask(method, path, { body, token: await store.read("token") });
export const sheet = () => withToken("GET", "sheet/");
/** Acts under the token they were done under. */
export const send = (acts, token) => ask("POST", "acts/", { body: { acts }, token });
/** Others' unfinished buildings nearby, to be kept: where can I help, answered without network. */
export const help = () => withToken("GET", "help/");
