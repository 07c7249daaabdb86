"""How many couriers each community gets, so that the longest working day is as short as whole couriers allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from baogong.engine.faults import Fault, FaultyProblem


class UnusableShareOut(FaultyProblem):
    code, so = "rounds.unusable-share-out", "no courier was shared out"


@dataclass(frozen=True, slots=True)
class Beat:
    """
    What one community asks of its couriers.

    work_s  at its doors and shelves, with the walks between them, of all its couriers together
    pieces  how many are carried in; 0: nobody is needed
    way_s   of every trip: loading, the way there and the way back
    """

    id: str
    work_s: int
    pieces: int
    way_s: int

    def each_s(self, couriers_count: int, capacity_pieces: int) -> float:
        """Expected working time of each of so many couriers, above 0; it never grows with one more."""
        trips = ceil(self.pieces / (couriers_count * capacity_pieces))
        return self.work_s / couriers_count + trips * self.way_s


@dataclass(frozen=True, slots=True)
class BeatShare:
    """`each_s`: how long each of these couriers is expected to work; of nobody, how long one alone would."""

    beat: str
    couriers_count: int
    each_s: int
    reason_en: str
    reason_zh: str


def share_out(beats: Sequence[Beat], couriers_count: int, *, capacity_pieces: int) -> tuple[BeatShare, ...]:
    """
    Share `couriers_count` couriers over the communities, in the order of `beats`; each courier works in one of them.

    With n couriers a community takes each of them work_s / n + ⌈pieces / (n × capacity_pieces)⌉ × way_s. Every courier in
    turn goes where each works longest. As no community takes longer with one more, no other division of as many, with at
    most one courier for each piece, has a shorter longest day. Ties: the last by id. Who is left over is spared. With fewer couriers than communities that need one, those with most work get one, the others 0, and say so.

    Source: Ibaraki and Katoh (1988), Resource Allocation Problems, chapter 5 (minimax, by increments).
    Raises UnusableShareOut with everything that makes no sense.
    """
    faults = [
        Fault(f"beats[{number}].{name}", value, "0 or more", "Count them again.")
        for number, beat in enumerate(beats)
        for name, value in (("work_s", beat.work_s), ("pieces", beat.pieces), ("way_s", beat.way_s))
        if value < 0
    ]
    if couriers_count < 0:
        faults.append(Fault("couriers_count", couriers_count, "0 or more", "Say how many couriers there are."))
    if capacity_pieces < 1:
        faults.append(Fault("capacity_pieces", capacity_pieces, "1 or more", "Say how many pieces one trip carries."))
    if len({beat.id for beat in beats}) < len(beats):
        faults.append(Fault("beats", [beat.id for beat in beats], "each community once", "Add them up."))
    if faults:
        raise UnusableShareOut(faults)
    counts = dict.fromkeys((beat.id for beat in beats), 0)

    def longest(beat: Beat) -> tuple[bool, float, str]:
        """Whoever has nobody comes first."""
        count = counts[beat.id]
        return count == 0, beat.each_s(max(count, 1), capacity_pieces), beat.id

    for _ in range(couriers_count):
        short = [beat for beat in beats if counts[beat.id] < beat.pieces]
        if not short:
            break
        counts[max(short, key=longest).id] += 1
    return tuple(_share(beat, counts[beat.id], capacity_pieces) for beat in beats)


def _share(beat: Beat, count: int, capacity_pieces: int) -> BeatShare:
    each_s = beat.each_s(max(count, 1), capacity_pieces) if beat.pieces else 0.0
    minutes, work, way = (round(value / 60) for value in (each_s, beat.work_s, beat.way_s))
    if not beat.pieces:
        words = ("Nothing is to be brought there.", "没有要送的件。")
    elif not count:
        words = (
            f"No courier is left for its {beat.pieces} pieces; one alone would work {minutes} minutes. Call more couriers, "
            "or let one bring two communities.",
            f"{beat.pieces}件没有人送；一个人送要{minutes}分钟。请增加派送员，或由一人送两个小区。",
        )
    else:
        trips = ceil(beat.pieces / (count * capacity_pieces))
        fewer = (
            (
                f", with one fewer {round(beat.each_s(count - 1, capacity_pieces) / 60)}",
                f"，少一人要{round(beat.each_s(count - 1, capacity_pieces) / 60)}分钟",
            )
            if count > 1
            else ("", "")
        )
        words = (
            f"{beat.pieces} pieces are {work} minutes of work, and each trip {way} minutes of loading and walking; by "
            f"{count} in {trips} trips each that is {minutes} minutes for each{fewer[0]}.",
            f"{beat.pieces}件共{work}分钟，每趟装车和来回{way}分钟；{count}人各{trips}趟，每人{minutes}分钟{fewer[1]}。",
        )
    return BeatShare(beat.id, count, round(each_s), *words)
