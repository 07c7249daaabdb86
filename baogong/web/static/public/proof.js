"use strict";
// Recomputes a proof from its own fields, step by step, with nothing but the browser's SHA-256. tools/verify_proof.py
// does the same away from the browser; the bytes that are hashed are described there.
(() => {
  const box = document.querySelector("[data-proof]");
  if (!box) return;
  const NAMESPACE = "6ba0f0a40f0c5f0e8a55ba06006c0001";
  const MISSING = "00".repeat(16);
  const find = (name) => box.querySelector(`[data-${name}]`);
  const text = (words) => new TextEncoder().encode(words);
  const bytes = (hex) => Uint8Array.from(hex.match(/../g) || [], (pair) => parseInt(pair, 16));
  const hex = (found) => Array.from(found, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const join = (...parts) => {
    const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    parts.forEach((part) => { whole.set(part, at); at += part.length; });
    return whole;
  };
  const digest = async (kind, ...parts) => new Uint8Array(await crypto.subtle.digest(kind, join(...parts)));
  const sha256 = (...parts) => digest("SHA-256", ...parts);
  const id = (uuid) => bytes(uuid ? uuid.replaceAll("-", "") : MISSING);
  const number = (value, size) => bytes(BigInt.asUintN(size * 8, BigInt(value)).toString(16).padStart(size * 2, "0"));
  const padded = (word, size) => text(word.padEnd(size));
  const day = (iso) => number(Date.parse(`${iso}T00:00:00Z`) / 86400000 + 719163, 4);
  const microseconds = (iso) => {
    if (!iso) return number(0, 8);
    const [, date, fraction, zone] = /^(.{19})(?:\.(\d{1,6}))?(.*)$/.exec(iso);
    return number(BigInt(Date.parse(date + zone)) * 1000n + BigInt((fraction || "").padEnd(6, "0")), 8);
  };
  const derived = async (...parts) => {
    const made = (await digest("SHA-1", bytes(NAMESPACE), text(parts.join("\x1f")))).slice(0, 16);
    made[6] = (made[6] & 15) | 80;
    made[8] = (made[8] & 63) | 128;
    return hex(made).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
  };
  const account = (side) => derived("ledger.account", side.holder, side.state);
  const lot = (goods) => derived(
    "ledger.lot", goods.item, goods.owner, goods.donor || "", goods.earmark || "", goods.standard,
    goods.expires_on || "", goods.pieces_per_carton === null ? "" : goods.pieces_per_carton, goods.label);
  const head = (batch) => sha256(
    text("baogong batch 1\n"), id(batch.id), microseconds(batch.at), day(batch.day), id(batch.actor), id(batch.document),
    bytes(batch.content_hash), number(batch.count, 4), padded(batch.reason, 16));
  const leaf = (move, before) => sha256(
    bytes("00"), id(move.id), before, padded(move.tense, 8), id(move.source.account), id(move.target.account),
    id(move.lot.id), number(move.amount, 8), id(move.hold), id(move.corrects), microseconds(move.expires_at),
    bytes(move.nonce));
  const stampLeaf = (stamp) => sha256(
    bytes("00"), text("baogong stamp 1\n"), number(stamp.number, 4), day(stamp.day), number(stamp.first_seq, 8),
    number(stamp.last_seq, 8), number(stamp.count, 8), bytes(stamp.previous_root));
  // RFC 9162, 2.1.3.2: null where the path is too long or too short for its place.
  const rootFrom = async (from, index, size, path, seen) => {
    if (!(index >= 0 && index < size)) return null;
    let last = size - 1, found = from;
    for (const step of path) {
      if (last === 0) return null;
      const sibling = bytes(step);
      if (index % 2 || index === last) {
        found = await sha256(bytes("01"), sibling, found);
        while (index && index % 2 === 0) { index = Math.floor(index / 2); last = Math.floor(last / 2); }
      } else {
        found = await sha256(bytes("01"), found, sibling);
      }
      index = Math.floor(index / 2); last = Math.floor(last / 2);
      if (seen) seen.push([step, hex(found)]);
    }
    return last === 0 ? hex(found) : null;
  };
  let turn = 0; // of two checks begun shortly after each other only the last one writes

  const check = async (proof, published) => {
    const mine = ++turn, { movement, batch, stamp } = proof;
    const results = [], seen = [];
    const step = (name, found, expected) => results.push([name, found !== null && found === expected, found]);
    if (proof.format !== "baogong proof 1") throw new Error(`format: ${proof.format}`);
    step("accounts", `${await account(movement.source)} ${await account(movement.target)}`,
      `${movement.source.account} ${movement.target.account}`);
    step("lot", await lot(movement.lot), movement.lot.id);
    const before = await head(batch);
    step("head", hex(before), batch.head);
    const own = await leaf(movement, before);
    step("leaf", hex(own), proof.leaf);
    step("day", batch.day, stamp.day);
    step("path", proof.index < 1 ? null : await rootFrom(own, proof.index, stamp.count + 1, proof.path, seen), stamp.root);
    step("stamp", await rootFrom(await stampLeaf(stamp), 0, stamp.count + 1, proof.stamp_path), stamp.root);
    if (published) step("published", published, stamp.root);
    if (mine === turn) show(results, seen, proof);
  };

  const show = (results, seen, proof) => {
    const holds = results.every(([, ok]) => ok);
    find("verdict").hidden = false;
    find("holds").hidden = !holds;
    find("fails").hidden = holds;
    box.querySelectorAll("[data-step]").forEach((row) => { row.hidden = true; });
    results.forEach(([name, ok, found]) => {
      const row = box.querySelector(`[data-step="${name}"]`);
      row.hidden = false;
      row.classList.toggle("done", ok);
      row.classList.toggle("late", !ok);
      row.querySelector(".mark").textContent = ok ? "✓" : "✗";
      row.querySelector("code").textContent = found === null ? "—" : found;
    });
    find("root").textContent = proof.stamp.root;
    const climb = find("climb");
    climb.replaceChildren(...seen.map(([sibling, found]) => {
      const row = document.createElement("li"), code = document.createElement("code");
      code.textContent = `+ ${sibling.slice(0, 16)}… → ${found.slice(0, 16)}…`;
      row.append(code);
      return row;
    }));
  };

  const unreadable = (error) => {
    find("unreadable").hidden = false;
    find("unreadable").querySelector("code").textContent = error.message;
    find("verdict").hidden = true;
  };
  let proof = null;
  const again = () => {
    if (!proof) return;
    find("unreadable").hidden = true;
    const shown = JSON.parse(JSON.stringify(proof));
    if (find("alter").checked) shown.movement.amount += 1;
    check(shown, find("published").value.trim().toLowerCase()).catch(unreadable);
  };
  const take = (words) => {
    try { proof = JSON.parse(words); } catch (error) { unreadable(error); return; }
    again();
  };

  if (!window.crypto || !crypto.subtle) { find("no-hash").hidden = false; return; }
  find("bench").hidden = false;
  find("alter").addEventListener("change", again);
  find("published").addEventListener("input", again);
  const file = find("file"), pasted = find("pasted"), given = document.getElementById("proof-given");
  if (file) file.addEventListener("change", () => { if (file.files[0]) file.files[0].text().then(take); });
  if (pasted) pasted.addEventListener("input", () => { if (pasted.value.trim()) take(pasted.value); });
  if (given) take(given.textContent);
})();
