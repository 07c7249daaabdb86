"use strict";
// Recomputes one entry's place in a draw with nothing but the browser's own SHA-256, HMAC and Ed25519: the receipt, the
// commitment, the path to the published root, the seed, the score, the order. docs/algorithms/draw.md tells the bytes.
(() => {
  const box = document.querySelector("[data-check]");
  if (!box) return;
  const given = JSON.parse(document.getElementById("check-given").textContent);
  const find = (name) => box.querySelector(`[data-${name}]`);
  const text = (words) => new TextEncoder().encode(words);
  const hex = (found) => Array.from(new Uint8Array(found), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const bytes = (digits) => {
    if (typeof digits !== "string" || !/^([0-9a-f]{2})*$/.test(digits)) throw new Error(String(digits).slice(0, 40));
    return Uint8Array.from(digits.match(/../g) || [], (pair) => parseInt(pair, 16));
  };
  const id = (uuid) => bytes(uuid.replaceAll("-", ""));
  const number = (value, size) => {
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(String(value));
    return bytes(BigInt(value).toString(16).padStart(size * 2, "0"));
  };
  const join = (...parts) => {
    const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    parts.forEach((part) => { whole.set(part, at); at += part.length; });
    return whole;
  };
  const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));

  // RFC 9162, 2.1.3.2: null where the path is too long or too short for its place.
  const rootFrom = async (leaf, index, size, path) => {
    if (!(index >= 0 && index < size)) return null;
    let at = index, last = size - 1, found = leaf;
    for (const step of path) {
      if (last === 0) return null;
      if (at % 2 || at === last) {
        found = await sha256(bytes("01"), bytes(step), found);
        while (at && at % 2 === 0) { at = Math.floor(at / 2); last = Math.floor(last / 2); }
      } else {
        found = await sha256(bytes("01"), found, bytes(step));
      }
      at = Math.floor(at / 2); last = Math.floor(last / 2);
    }
    return last === 0 ? hex(found) : null;
  };

  const scoreOf = async (seed, entry, weight) => {
    const key = await crypto.subtle.importKey("raw", seed, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    let least = null;
    for (let j = 0; j < weight; j += 1) {
      const score = hex(await crypto.subtle.sign("HMAC", key, join(text("baogong score 1\n"), entry, number(j, 2))));
      if (least === null || score < least) least = score;
    }
    return least;
  };

  const before = (one, other) => {
    for (const part of ["stratum", "score", "entry"]) {
      if (one[part] !== other[part]) return one[part] < other[part];
    }
    return false;
  };

  const placeOf = (proof, key) => {
    const winner = proof.last_winner, last = proof.last_standby || winner;
    const reaches = (mark) => mark !== null && !before(mark, key);
    switch (proof.place) {
      case "WINNER": return reaches(winner);
      case "STANDBY": return winner !== null && proof.last_standby !== null && before(winner, key) && reaches(proof.last_standby);
      case "NOT_DRAWN": return last === null || before(last, key);
      case "HOUSEHOLD": return last !== null && before(key, last) && proof.household_winners_max > 0 && !/^0+$/.test(proof.household);
      default: return false;
    }
  };

  const signed = async (receipt) => {
    try {
      const key = await crypto.subtle.importKey("raw", bytes(given.receipts_key), { name: "Ed25519" }, false, ["verify"]);
      return await crypto.subtle.verify("Ed25519", key, bytes(receipt.signature), text(receipt.text));
    } catch (error) {
      if (error.name === "NotSupportedError") return null; // an older browser: told, and not taken for a fault
      throw error;
    }
  };

  const checkReceipt = async (receipt, step) => {
    const told = JSON.parse(receipt.text);
    const is = await signed(receipt);
    if (is === null) step("unsigned", true, ""); else step("signature", is, receipt.signature.slice(0, 32));
    const paper = new Uint8Array(await (await fetch(given.announcement)).arrayBuffer());
    const found = hex(await sha256(paper));
    step("announcement", told.draw === given.draw && found === told.announcement_sha256 && found === given.announcement_sha256, found);
    if (receipt.nonce) {
      // Of an entry that was carried over from an earlier draw the nonce is made of the entrant's own.
      const own = bytes(receipt.nonce), draw = id(told.draw);
      const carried = (await sha256(text("baogong carried 1\n"), await sha256(text("baogong stay 1\n"), own), draw)).slice(0, 16);
      const commits = async (nonce) => hex((await sha256(text("baogong entry 1\n"), draw, bytes(told.entry), nonce)).slice(0, 16));
      const made = [await commits(own), await commits(carried)];
      step("commitment", made.includes(told.commitment), made.includes(told.commitment) ? told.commitment : made[0]);
    }
    return told;
  };

  const checkProof = async (proof, told, root, step) => {
    if (!/^baogong draw (proof|inclusion) 1$/.test(proof.format)) throw new Error(String(proof.format));
    const record = join(bytes(proof.entry), bytes(proof.commitment), bytes(proof.household), number(proof.weight, 2), number(proof.stratum, 2));
    if (told) step("same", proof.entry === told.entry && proof.commitment === told.commitment && proof.draw === told.draw, proof.commitment);
    const found = await rootFrom(await sha256(bytes("00"), record), proof.index + 1, proof.entries + 1, proof.path);
    step("path", found !== null && found === proof.root && proof.draw === given.draw, found);
    step("root", proof.root === root, root);
    if (proof.format === "baogong draw inclusion 1") return "LISTED";
    if (!proof.chain_hash) return "LOTTERY";
    const seed = await sha256(
      text("baogong seed 1\n"), id(proof.draw), bytes(proof.root), number(proof.entries, 8), number(proof.units, 8),
      bytes(proof.chain_hash), number(proof.round, 8), bytes(proof.randomness));
    step("seed", hex(seed) === proof.seed, hex(seed));
    const score = await scoreOf(seed, bytes(proof.entry), proof.weight);
    step("score", score !== null && score === proof.score, score);
    step("place", score !== null && placeOf(proof, { stratum: proof.stratum, score, entry: proof.entry }), String(proof.rank || ""));
    return proof.place;
  };

  let turn = 0; // of two checks begun shortly after each other only the last one writes
  const check = async () => {
    const mine = ++turn, results = [];
    const step = (name, holds, found) => results.push([name, holds, found]);
    const pasted = find("pasted").value.trim();
    const receipt = pasted ? JSON.parse(pasted) : null;
    const told = receipt && receipt.text ? await checkReceipt(receipt, step) : null;
    const entry = (told ? told.entry : receipt && receipt.format ? receipt.entry : find("entry").value).toLowerCase().replaceAll("-", "").trim();
    if (!/^[0-9a-f]{32}$/.test(entry)) throw new Error(entry.slice(0, 40) || "—");
    if (!given.root && !told) throw new Error("—");
    let place = "RECEIPT", proof = receipt && receipt.format ? receipt : null;
    if (given.root || proof) {
      if (!proof) {
        const uuid = entry.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
        const answer = await fetch(given.proofs.replace("00000000-0000-0000-0000-000000000000", uuid));
        if (answer.ok) proof = await answer.json(); else step("path", false, null);
      }
      if (proof) place = await checkProof(proof, told, find("published").value.trim().toLowerCase() || given.root, step);
    }
    if (mine === turn) show(results, place);
  };

  const show = (results, place) => {
    const holds = results.length > 0 && results.every(([, is]) => is);
    find("unreadable").hidden = true;
    find("verdict").hidden = false;
    find("holds").hidden = !holds;
    find("fails").hidden = holds;
    box.querySelectorAll("[data-place]").forEach((row) => { row.hidden = row.dataset.place !== place; });
    box.querySelectorAll("[data-step]").forEach((row) => { row.hidden = true; });
    results.forEach(([name, is, found]) => {
      const row = box.querySelector(`[data-step="${name}"]`);
      row.hidden = false;
      row.classList.toggle("done", is);
      row.classList.toggle("late", !is);
      row.querySelector(".mark").textContent = is ? "✓" : "✗";
      row.querySelector("code").textContent = found === null ? "—" : found;
    });
  };
  const unreadable = (error) => {
    turn += 1;
    find("verdict").hidden = true;
    find("unreadable").hidden = false;
    find("unreadable").querySelector("code").textContent = error.message;
  };
  const go = () => { check().catch(unreadable); };

  if (!window.crypto || !crypto.subtle) { find("no-hash").hidden = false; return; }
  find("bench").hidden = false;
  const kept = sessionStorage.getItem("draw-receipt");
  if (kept && kept.includes(given.draw)) find("pasted").value = kept;
  find("go").addEventListener("click", go);
  find("file").addEventListener("change", () => {
    const file = find("file").files[0];
    if (file) file.text().then((words) => { find("pasted").value = words; go(); });
  });
})();
