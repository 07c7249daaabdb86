"use strict";
// Recomputes one entry's place in a draw with nothing but the browser's own SHA-256, HMAC and Ed25519: the receipt, the
// commitment, the path to the published root, the seed, the score, the order. Every figure is taken from the published papers
// (announcement, close, beacon, result, each naming the hash of the one before) and none from the proof, which whoever sends
// it could have made; the proof must say the same. docs/algorithms/draw.md tells the bytes.
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

  const same = (one, other) => {
    if (one === null || other === null || typeof one !== "object" || typeof other !== "object") return one === other;
    const names = Object.keys(one);
    return names.length === Object.keys(other).length && names.every((name) => same(one[name], other[name]));
  };

  // The papers: those that were given as files, else the house's own.
  const NAMES = ["announcement", "close", "beacon", "result"];
  let brought = {};
  const paperOf = async (name) => {
    if (brought[name]) return brought[name];
    const answer = await fetch(given.papers[name]);
    if (!answer.ok) throw new Error(`${name}.json`);
    return new Uint8Array(await answer.arrayBuffer());
  };
  const read = (paper) => JSON.parse(new TextDecoder().decode(paper));

  const seedOf = async (papers, source) => {
    const { announcement, close, beacon } = papers;
    if (source.kind === "LOTTERY") {
      const sorted = (at) => (source.sources[at].is_ordered ? beacon.numbers[at] : [...beacon.numbers[at]].sort((one, other) => one - other));
      return source.sources.map((_, at) => `${sorted(at).map((each) => `${each}.`).join("")}/`).join("");
    }
    return sha256(
      text("baogong seed 1\n"), id(announcement.draw), bytes(close.root), number(close.entries, 8), number(announcement.units, 8),
      bytes(source.chain.chain_hash), number(source.round, 8), bytes(beacon.randomness));
  };

  // A moment as papers write it, in milliseconds.
  const moment = (told) => {
    const read = typeof told === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(told) ? new Date(told) : new Date(NaN);
    if (Number.isNaN(read.getTime()) || read.toISOString() !== told.replace("Z", ".000Z")) throw new Error(String(told).slice(0, 40));
    return read.getTime();
  };
  const MINUTE_MS = 60_000;
  const comesOutAt = (source) => (source.kind === "LOTTERY" ? moment(source.at) : (source.chain.genesis_s + (source.round - 1) * source.chain.period_s) * 1_000);

  // What stands in the way of a source that was announced; "": nothing. A chain is told by the hash of its parameters: it is a
  // public one of the list that this page brings, or a drill's in a draw that is marked as a drill.
  const sourceFault = async (source, announcement) => {
    if (source.kind === "LOTTERY") return announcement.weight_max === 1 && announcement.strata === 1 ? "" : "LOTTERY";
    const { chain } = source, name = chain.beacon_id === "default" ? "" : chain.beacon_id;
    const made = hex(await sha256(number(chain.period_s, 4), number(chain.genesis_s, 8), bytes(chain.public_key), bytes(chain.group_hash), text(name)));
    if (made !== chain.chain_hash) return made;
    const is = chain.beacon_id.startsWith("drill-") ? announcement.drill === true : given.public_chains.includes(chain.chain_hash);
    return is ? "" : `${chain.beacon_id} ${chain.chain_hash}`;
  };

  // Announced, closed, published, come out: each in its time, so that nobody could know the number before the list was fixed.
  // The first two that are not; "": all are.
  const timesFault = ({ announcement, close, beacon }) => {
    const closes = moment(announcement.closes_at), out = comesOutAt(announcement.beacon);
    const closed = moment(close.closed_at), published = moment(close.published_at);
    const order = [
      [moment(announcement.announced_at) + 1_000, closes], [closes + 30 * MINUTE_MS, out], [closes, closed], [closed, published],
      [published, out - 10 * MINUTE_MS],
    ];
    if (announcement.fallback) {
      const later = comesOutAt(announcement.fallback);
      order.push([out + 30 * MINUTE_MS, later]);
      if (beacon && beacon.use === "FALLBACK") {
        const told = moment(beacon.missing_declared_at);
        order.push([out, told], [told, later - 10 * MINUTE_MS]);
      }
    }
    const wrong = order.find(([first, then]) => !(first <= then));
    return wrong === undefined ? "" : wrong.map((at) => (Number.isFinite(at) ? new Date(at).toISOString() : String(at))).join(" > ");
  };

  // Reads the papers and holds them against each other; before the draw there are two.
  const checkPapers = async (isDrawn, step) => {
    const raw = {}, papers = {}, hashes = {};
    for (const name of isDrawn ? NAMES : NAMES.slice(0, 2)) {
      raw[name] = await paperOf(name);
      papers[name] = read(raw[name]);
      hashes[name] = hex(await sha256(raw[name]));
    }
    const { announcement, close, beacon, result } = papers;
    let fits = announcement.draw === given.draw && hashes.announcement === given.announcement_sha256 && close.announcement_sha256 === hashes.announcement;
    Object.entries(papers).forEach(([name, paper]) => { fits = fits && paper.format === `baogong draw ${name} 1` && paper.draw === given.draw; });
    const faults = [];
    for (const source of [announcement.beacon, announcement.fallback]) {
      if (source) faults.push(await sourceFault(source, announcement));
    }
    const chain = announcement.beacon.kind === "LOTTERY" ? "" : announcement.beacon.chain.chain_hash;
    step("source", faults.every((fault) => fault === ""), faults.find((fault) => fault !== "") || chain);
    const late = timesFault(papers);
    step("times", late === "", late || close.published_at);
    if (!isDrawn) {
      step("papers", fits, hashes.close);
      return { papers, hashes, source: null };
    }
    fits = fits && beacon.close_sha256 === hashes.close && result.beacon_sha256 === hashes.beacon && result.drill === announcement.drill;
    step("papers", fits, hashes.result);
    const isFallback = beacon.use === "FALLBACK";
    const source = isFallback ? announcement.fallback : announcement.beacon;
    if (!source || (!isFallback && beacon.use !== "ANNOUNCED") || isFallback !== (beacon.missing_declared_at !== null)) {
      step("number", false, String(beacon.use));
      return { papers, hashes, source: null };
    }
    const isLottery = source.kind === "LOTTERY";
    if (isLottery) {
      const counts = source.sources.map((one) => one.numbers);
      step("number", same(counts, beacon.numbers.map((one) => one.length)) && beacon.randomness === "", beacon.numbers.map((one) => one.join(" ")).join(" / "));
    } else {
      const made = hex(await sha256(bytes(beacon.signature)));
      step("number", beacon.round === source.round && made === beacon.randomness && beacon.numbers.length === 0, beacon.randomness);
    }
    const seed = await seedOf(papers, source), told = isLottery ? seed : hex(seed);
    step("seed", told === result.seed, told);
    const winners = Math.floor(announcement.units / announcement.units_each), drawn = [...result.winners, ...result.standby];
    const last = (mark, entries) => (mark === null ? isLottery || !entries.length : !isLottery && mark.entry === entries[entries.length - 1]);
    step("result",
      result.winners.length === Math.min(winners, drawn.length) && result.standby.length <= announcement.standby && new Set(drawn).size === drawn.length
      && last(result.last_winner, result.winners) && last(result.last_standby, result.standby),
      `${result.winners.length} + ${result.standby.length}`);
    return { papers, hashes, source, seed, told, isLottery, isFull: drawn.length === winners + announcement.standby };
  };

  // What every proof of the draw says, as the papers have it.
  const figuresOf = ({ papers, hashes, source, told, isLottery }) => {
    const { announcement, close, beacon, result } = papers;
    const listed = { draw: announcement.draw, drill: announcement.drill, root: close.root, entries: close.entries };
    return source === null ? listed : {
      ...listed, units: announcement.units, household_winners_max: announcement.household_winners_max,
      chain_hash: isLottery ? "" : source.chain.chain_hash, round: isLottery ? 0 : source.round, randomness: beacon.randomness, seed: told,
      last_winner: result.last_winner, last_standby: result.last_standby, result_sha256: hashes.result,
    };
  };

  // How many lost draws the announced rule makes such a weight of; null: none. Older announcements do not say.
  const lossesOf = (announcement, weight) => {
    if (!(weight >= 1 && weight <= announcement.weight_max)) return null;
    const each = announcement.weight_per_loss;
    if (each === undefined) return "";
    if (weight === 1) return "1";
    if (!each) return null;
    const losses = Math.ceil((weight - 1) / each);
    return (weight - 1) % each === 0 || weight === announcement.weight_max ? `${weight} = 1 + ${each} × ${losses}` : null;
  };

  const placeOf = (known, proof, key) => {
    const { announcement, result } = known.papers, winner = result.last_winner, last = result.last_standby || winner;
    const reaches = (mark) => mark !== null && !before(mark, key);
    const named = (entries) => entries.indexOf(proof.entry) + 1;
    const canBePassed = announcement.household_winners_max > 0 && !/^0+$/.test(proof.household);
    if (named(result.winners)) return ["WINNER", named(result.winners), reaches(winner)];
    if (named(result.standby)) return ["STANDBY", named(result.standby), before(winner, key) && reaches(result.last_standby)];
    if (last !== null && before(key, last)) return ["HOUSEHOLD", 0, canBePassed];
    return ["NOT_DRAWN", 0, canBePassed || known.isFull];
  };

  const signed = async (receipt, signer) => {
    try {
      const key = await crypto.subtle.importKey("raw", bytes(signer), { name: "Ed25519" }, false, ["verify"]);
      return await crypto.subtle.verify("Ed25519", key, bytes(receipt.signature), text(receipt.text));
    } catch (error) {
      if (error.name === "NotSupportedError") return null; // an older browser: told, and not taken for a fault
      throw error;
    }
  };

  const checkReceipt = async (receipt, step) => {
    const told = JSON.parse(receipt.text);
    const paper = await paperOf("announcement"), found = hex(await sha256(paper));
    const is = await signed(receipt, read(paper).receipts_key || given.receipts_key);
    if (is === null) step("unsigned", true, ""); else step("signature", is, receipt.signature.slice(0, 32));
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
    const isDrawn = proof.format === "baogong draw proof 1", known = await checkPapers(isDrawn, step);
    const { announcement, close } = known.papers;
    const record = join(bytes(proof.entry), bytes(proof.commitment), bytes(proof.household), number(proof.weight, 2), number(proof.stratum, 2));
    if (told) step("same", proof.entry === told.entry && proof.commitment === told.commitment && proof.draw === told.draw, proof.commitment);
    const figures = Object.entries(figuresOf(known)), others = figures.filter(([name, figure]) => !same(proof[name], figure)).map(([name]) => name);
    step("figures", others.length === 0, others.join(", "));
    const found = await rootFrom(await sha256(bytes("00"), record), proof.index + 1, close.entries + 1, proof.path);
    step("path", found !== null && found === close.root, found);
    step("root", close.root === root, root);
    const owed = lossesOf(announcement, proof.weight);
    step("weight", owed !== null && proof.stratum < announcement.strata, owed || String(proof.weight));
    tellOutside(known);
    if (!isDrawn) return "LISTED";
    if (known.source === null || owed === null) return "";
    if (known.isLottery) {
      const { winners, standby } = known.papers.result, won = winners.indexOf(proof.entry) + 1, waits = standby.indexOf(proof.entry) + 1;
      const [place, rank] = won ? ["WINNER", won] : waits ? ["STANDBY", waits] : ["NOT_DRAWN", 0];
      step("place", proof.place === place && proof.rank === rank, String(rank || ""));
      return "LOTTERY";
    }
    const score = await scoreOf(known.seed, bytes(proof.entry), proof.weight);
    step("score", score !== null && score === proof.score, score);
    const [place, rank, holds] = placeOf(known, proof, { stratum: proof.stratum, score, entry: proof.entry });
    step("place", holds && proof.place === place && proof.rank === rank, String(rank || ""));
    return place;
  };

  // What no check of papers shows, as one hand could have made them all: to be compared with what others saw.
  let outside = null;
  const tellOutside = ({ papers, hashes, source, isLottery }) => {
    const rows = { root: papers.close.root, key: papers.announcement.receipts_key || given.receipts_key };
    if (source) {
      rows.result = hashes.result;
      rows.number = isLottery ? papers.beacon.numbers.map((one) => one.join(" ")).join(" / ") : `${source.round}: ${papers.beacon.randomness}`;
      if (papers.beacon.use === "FALLBACK") rows.fallback = papers.beacon.missing_declared_at;
      if (papers.announcement.drill) rows.drill = "";
      const chain = isLottery ? "" : source.chain.chain_hash;
      if (given.public_chains.includes(chain)) rows.archive = `https://api.drand.sh/${chain}/public/${source.round}`;
    }
    outside = rows;
  };

  let turn = 0; // of two checks begun shortly after each other only the last one writes
  const check = async () => {
    const mine = ++turn, results = [];
    outside = null;
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
    find("outside").hidden = outside === null;
    box.querySelectorAll("[data-told]").forEach((row) => {
      const found = outside === null ? undefined : outside[row.dataset.told];
      row.hidden = found === undefined;
      row.querySelector("code").textContent = found || "";
    });
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
  // Files: the receipt or a proof, and any of the four papers as somebody kept them.
  find("file").addEventListener("change", async () => {
    brought = {};
    for (const file of find("file").files) {
      const paper = new Uint8Array(await file.arrayBuffer());
      const name = (/"format": "baogong draw (announcement|close|beacon|result) 1"/.exec(new TextDecoder().decode(paper)) || [])[1];
      if (name) brought[name] = paper; else find("pasted").value = new TextDecoder().decode(paper);
    }
    go();
  });
})();
