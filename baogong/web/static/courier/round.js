// The sheet together with what was done since: what each parcel is now, what comes next. Nothing here touches the screen.
import { state } from "./sync.js";

const BECOMES = { TAKEN: "WITH_COURIER", HANDED_OVER: "HANDED_OVER", ON_SHELF: "ON_SHELF", RETURNED: "AT_STATION" };
const IN_HAND = ["AT_STATION", "WITH_COURIER"];

/** Rounds with their stops and parcels as they stand here and now. */
export function rounds() {
  if (!state.sheet) return [];
  const done = new Map();
  state.acts.filter((act) => act.parcel && act.answer !== "CONFLICT" && act.answer !== "REFUSED").forEach((act) => {
    done.set(act.parcel, [...(done.get(act.parcel) ?? []), act]);
  });
  return state.sheet.rounds.map((round) => ({
    ...round,
    stops: round.stops.map((stop) => ({ ...stop, parcels: stop.parcels.map((parcel) => asItStands(parcel, done.get(parcel.code) ?? [])) })),
  }));
}

function asItStands(parcel, acts) {
  const now = { ...parcel };
  acts.forEach((act) => {
    if (act.kind === "FAILED") Object.assign(now, { failed: act.why });
    else if (BECOMES[act.kind]) Object.assign(now, { state: BECOMES[act.kind], is_returned: act.kind === "RETURNED" });
    if (!act.answer) now.is_unsent = true;
  });
  now.is_open = parcel.is_open && !now.failed && !now.is_returned && IN_HAND.includes(now.state);
  return now;
}

export const parcelsOf = (round) => round.stops.flatMap((stop) => stop.parcels);
export const openOf = (stop) => stop.parcels.filter((parcel) => parcel.is_open);
export const isInPerson = (parcel) => !parcel.modes.includes("CONTACTLESS");
/** Cold goods first: they do not wait. */
export const inOrder = (parcels) => [...parcels].sort((one, other) => other.is_cold - one.is_cold);
export const mayLieOnShelf = (parcel) => !isInPerson(parcel) && !parcel.wants_door;
export const place = (stop) => [stop.building, stop.unit, stop.room].filter(Boolean).join("-");

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
  return rounds().flatMap(parcelsOf).filter((parcel) => parcel.state === "WITH_COURIER" && !parcel.is_open);
}

/** The stops still to be served, in the order of the walk, beginning behind the one served last. */
export function nextStops() {
  return rounds().flatMap((round) => round.stops.filter((stop) => openOf(stop).length).map((stop) => ({ round, stop })));
}

/** Call lists by shelf, each household with what came of it. */
export function calls() {
  const ticked = new Map(state.acts.filter((act) => act.kind === "CALLED").map((act) => [act.calling, act.why]));
  const shelves = new Map();
  (state.sheet?.calls ?? []).forEach((call) => {
    const shelf = shelves.get(call.shelf) ?? { id: call.shelf, name: call.shelf_name, calls: [] };
    shelf.calls.push({ ...call, outcome: ticked.get(call.id) ?? call.outcome });
    shelves.set(call.shelf, shelf);
  });
  return [...shelves.values()];
}
