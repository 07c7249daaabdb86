// The sheet together with what was done since: what each parcel is now, what comes next. Nothing here touches the screen.
import { state } from "./sync.js";

const BECOMES = { TAKEN: "WITH_COURIER", HANDED_OVER: "HANDED_OVER", ON_SHELF: "ON_SHELF", RETURNED: "AT_STATION" };
const IN_HAND = ["AT_STATION", "WITH_COURIER"];

const EARTH_M = 6371008.8;

/** Rounds with their stops and parcels as they stand here and now; what was taken over from others is one round more. */
export function rounds() {
  if (!state.sheet) return [];
  const done = new Map();
  state.acts.filter((act) => act.parcel && act.answer !== "CONFLICT" && act.answer !== "REFUSED").forEach((act) => {
    done.set(act.parcel, [...(done.get(act.parcel) ?? []), act]);
  });
  const cameOf = outcomes();
  const toDoor = new Set((state.sheet.calls ?? []).filter((call) => cameOf(call) === "TO_DOOR").flatMap((call) => call.parcels));
  return withTakenOver(state.sheet.rounds, done).map((round) => ({
    ...round,
    stops: round.stops.map((stop) => ({
      ...stop, parcels: stop.parcels.map((parcel) => asItStands(parcel, done.get(parcel.code) ?? [], stop, toDoor.has(parcel.code))),
    })),
  }));
}

/** What was taken over here and the house has not heard of yet stands beside what it knows of: by building and shelf. */
function withTakenOver(known, done) {
  const codes = new Set(known.flatMap(parcelsOf).map((parcel) => parcel.code));
  const isTaken = (parcel) => !codes.has(parcel.code) && (done.get(parcel.code) ?? []).some((act) => act.kind === "TAKEN");
  const stops = new Map();
  (state.help?.lines ?? []).forEach((line) => line.parcels.filter(isTaken).forEach((parcel) => {
    const id = `taken-${line.building_id}-${parcel.shelf_id ?? ""}`;
    const { community, building, building_id, category_zh, category_en } = line;
    const stop = stops.get(id) ?? {
      id, community, building, building_id, unit: "", room: "", shelf_id: parcel.shelf_id, shelf: parcel.shelf, door_note: "", arrive_at: null, parcels: [],
    };
    stop.parcels.push({ ...parcel, address: building, category_zh, category_en, attempts: 0, is_open: true, is_in_hand: false, failed: "" });
    stops.set(id, stop);
  }));
  if (!stops.size) return known;
  const besides = known.find((round) => round.id === "besides") ?? { id: "besides", name: "+", leaves_at: null, back_at: null, stops: [] };
  return [...known.filter((round) => round !== besides), { ...besides, stops: [...besides.stops, ...stops.values()] }];
}

function asItStands(parcel, acts, stop, isToDoor) {
  const staysHome = (state.help?.home ?? []).includes(parcel.unit_id ?? stop.building_id);
  const now = { ...parcel, wants_door: parcel.wants_door || isToDoor, stays_home: staysHome };
  let isOwn = parcel.is_in_hand;
  acts.forEach((act) => {
    // A vain attempt says that it was taken before: the house makes up for that as well.
    if (act.kind === "TAKEN" || act.kind === "FAILED") isOwn = true;
    if (act.kind === "ON_SHELF") now.lies_on = stop.shelf;
    if (act.kind === "FAILED") Object.assign(now, { failed: act.why, state: now.state === "AT_STATION" ? "WITH_COURIER" : now.state });
    else if (BECOMES[act.kind]) Object.assign(now, { state: BECOMES[act.kind], is_returned: act.kind === "RETURNED" });
    if (["TAKEN", "HANDED_OVER", "ON_SHELF"].includes(act.kind)) now.failed = "";
    if (!act.answer) now.is_unsent = true;
  });
  now.is_elsewhere = now.state === "WITH_COURIER" && !isOwn;
  // Asked for at the door after it was shelved: it goes up from its shelf, whoever had brought it there.
  const goesUp = now.wants_door && (now.state === "ON_SHELF" || (now.state === "WITH_COURIER" && isOwn));
  now.is_open = !now.failed && !now.is_returned && !now.is_elsewhere && (goesUp || (parcel.is_open && IN_HAND.includes(now.state)));
  return now;
}

export const parcelsOf = (round) => round.stops.flatMap((stop) => stop.parcels);
export const openOf = (stop) => stop.parcels.filter((parcel) => parcel.is_open);
/** Tried in vain: in hand still, or back at the station. */
export const failedOf = (parcels) => parcels.filter((parcel) => parcel.failed);
export const isInHand = (parcel) => parcel.state === "WITH_COURIER" && !parcel.is_elsewhere;
export const isInPerson = (parcel) => !parcel.modes.includes("CONTACTLESS");
/** Cold goods first: they do not wait. */
export const inOrder = (parcels) => [...parcels].sort((one, other) => other.is_cold - one.is_cold);
export const mayLieOnShelf = (parcel) => !isInPerson(parcel) && !parcel.wants_door && !parcel.stays_home;
export const place = (stop) => [stop.building, stop.unit, stop.room].filter(Boolean).join("-");

/** Codes of what is in this courier's hands. */
export const inHand = () => rounds().flatMap(parcelsOf).filter(isInHand).map((parcel) => parcel.code);

export function stopOf(id) {
  for (const round of rounds()) {
    const stop = round.stops.find((each) => each.id === id);
    if (stop) return { round, stop };
  }
  return null;
}

/** By the house's code or another carrier's number. */
export function parcelOf(code) {
  for (const round of rounds()) {
    for (const stop of round.stops) {
      const parcel = stop.parcels.find((each) => each.code === code || (each.waybill && each.waybill.toUpperCase() === code));
      if (parcel) return { round, stop, parcel };
    }
  }
  return null;
}

/** What was tried in vain or is left: it goes back to the station. */
export function toBringBack() {
  return rounds().flatMap(parcelsOf).filter((parcel) => isInHand(parcel) && !parcel.is_open);
}

/** The stops still to be served, in the order of the walk, beginning behind the one served last. */
export function nextStops() {
  return rounds().flatMap((round) => round.stops.filter((stop) => openOf(stop).length).map((stop) => ({ round, stop })));
}

const MINUTE_MS = 60000;

/** What came of a call: as ticked here, else as the house knows it. */
function outcomes() {
  const ticked = new Map(state.acts.filter((act) => act.kind === "CALLED").map((act) => [act.calling, act.why]));
  return (call) => ticked.get(call.id) ?? call.outcome;
}

/** Shelf → call → when the household was told to come: by the house's list, and by what was ticked here since. */
function comings() {
  const told = new Map((state.sheet?.comings ?? []).map((each) => [each.calling, each]));
  const shelves = new Map((state.sheet?.calls ?? []).map((call) => [call.id, call.shelf]));
  state.acts.filter((act) => act.kind === "CALLED" && act.answer !== "REFUSED").forEach((act) => {
    if (act.why === "COMES" && act.come_at) told.set(act.calling, { shelf: shelves.get(act.calling), calling: act.calling, at: act.come_at });
    else told.delete(act.calling);
  });
  return [...told.values()].map((each) => ({ ...each, at: new Date(each.at).getTime() }));
}

/** As the house reckons it (`delivery/comings.py`): of the others, the most who come in one stretch that holds that moment. */
function mostBeside(at, others, windowMs) {
  const begins = [at, ...others.filter((one) => at - windowMs < one && one < at)];
  return Math.max(...begins.map((begin) => others.filter((one) => begin <= one && one < begin + windowMs).length));
}

/** The first moment, not before the earliest, at which one more may be told to come. */
function freeFrom(earliest, others, peopleMax, windowMs) {
  const later = others.map((one) => one + windowMs).filter((at) => at > earliest).sort((one, other) => one - other);
  return [earliest, ...later].find((at) => mostBeside(at, others, windowMs) < peopleMax);
}

/**
 * Call lists by shelf, each household with what came of it; first who was not rung yet, then who did not answer. Of those who
 * are still to be told: `come_at`, `come_until` when to ask them down; `isLater`: their own time is over or taken.
 */
export function calls(now) {
  const cameOf = outcomes();
  const told = comings();
  const next = Math.ceil(now.getTime() / MINUTE_MS) * MINUTE_MS;
  const shelves = new Map();
  (state.sheet?.calls ?? []).forEach((call) => {
    const shelf = shelves.get(call.shelf) ?? { id: call.shelf, name: call.shelf_name, calls: [] };
    const outcome = cameOf(call);
    const { people_max = Infinity, window_minutes = 10 } = call; // a sheet kept since before the house said so
    const said = told.find((each) => each.calling === call.id);
    const others = told.filter((each) => each.shelf === call.shelf && each !== said).map((each) => each.at);
    const windowMs = window_minutes * MINUTE_MS;
    const planned = call.from_at ? new Date(call.from_at).getTime() : null;
    const at = outcome === "COMES" && said ? said.at : freeFrom(Math.max(next, planned ?? next), others, people_max, windowMs);
    const [come_at, come_until] = [at, at + windowMs].map((each) => new Date(each).toISOString());
    shelf.calls.push({ ...call, outcome, come_at, come_until, isLater: at !== planned, isFull: at > Math.max(next, planned ?? next) });
    shelves.set(call.shelf, shelf);
  });
  const order = { "": 0, NO_ANSWER: 1 };
  shelves.forEach((shelf) => shelf.calls.sort((one, other) => (order[one.outcome] ?? 2) - (order[other.outcome] ?? 2)));
  return [...shelves.values()];
}

// Where to help --------------------------------------------------------------------------------------------------

/** What may be helped with at that moment, without what was taken over already. */
function helpAt(moment) {
  const gone = new Set(rounds().flatMap(parcelsOf).map((parcel) => parcel.code));
  return (state.help?.lines ?? []).filter((line) => new Date(line.from_at) <= moment && moment < new Date(line.until_at)).map((line) => {
    const parcels = line.parcels.filter((parcel) => !gone.has(parcel.code));
    return { ...line, parcels, waiting: line.waiting - (line.parcels.length - parcels.length) };
  }).filter((line) => line.waiting > 0);
}

/** Where this telephone was last seen to act: [degrees north, degrees east, whether its point is known], or null. */
function whereabouts() {
  const places = { ...Object.fromEntries(state.help.lines.map((line) => [line.building_id, line.place])), ...state.help.places };
  const found = [...state.acts].reverse().map((act) => act.parcel && parcelOf(act.parcel)?.stop.building_id).find((id) => places[id]);
  return places[found ?? state.help.here] ?? null;
}

/** Great-circle metres between two places. */
function apartM([lat, lon], [otherLat, otherLon]) {
  const [a, b] = [lat, otherLat].map((degrees) => (degrees * Math.PI) / 180);
  const half = Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin(((otherLon - lon) * Math.PI) / 360) ** 2;
  return 2 * EARTH_M * Math.asin(Math.sqrt(half));
}

/**
 * Of what this telephone carries, the nearest building where others are not done and this courier may help; without a place
 * to start from the one with the most parcels; null: none. `isEstimate`: one of the two has no point of its own.
 */
export function nearestHelp(moment) {
  const here = state.help && whereabouts();
  const buildings = new Map();
  helpAt(moment).forEach((line) => {
    const found = buildings.get(line.building_id) ?? {
      community: line.community, building: line.building, lines: [], waiting: 0,
      metres: here ? Math.round(apartM(here, line.place)) : null, isEstimate: !here || !here[2] || !line.place[2],
    };
    found.lines.push(line);
    found.waiting += line.waiting;
    buildings.set(line.building_id, found);
  });
  return [...buildings.values()].sort((one, other) => one.metres - other.metres || other.waiting - one.waiting)[0] ?? null;
}

/** The line whose parcel of this code may be taken over at that moment. */
export function helpWith(code, moment) {
  return helpAt(moment).find((line) => line.parcels.some((parcel) => parcel.code === code || (parcel.waybill && parcel.waybill.toUpperCase() === code))) ?? null;
}
