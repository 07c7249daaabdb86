"""What must hold, each read from the book, the claims and the published bundles."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from typing import Any, cast
from uuid import UUID

from baogong.engine import draw as engine
from baogong.engine.draw.bundle import ANNOUNCEMENT, BEACON, CLOSE, LEAVES, RESULT
from baogong.ops.scenarios.own_draw_2020.cast import COUNTY, FIRST_LIST, OFFICE
from baogong.ops.scenarios.own_draw_2020.strangers import FORGERIES, forged, verified
from baogong.ops.scenarios.rationed import book, roads
from baogong.ops.scenarios.rationed.office import releases_of, tranches_of
from baogong.ops.scenarios.stage import Stage
from baogong.release import queries
from baogong.release.queries import DrawView


def _draws(stage: Stage) -> list[DrawView]:
    return [one for release in releases_of(stage, OFFICE) for one in queries.draws(release)]


def _bundles(stage: Stage) -> list[tuple[dict[str, bytes], str]]:
    """Of every draw that was drawn: its files, and the root as it was published when the list closed."""
    key = stage.request_id("read", "bundles")
    if key not in stage.worlds:
        drawn = [one for one in _draws(stage) if one.state == "DRAWN"]
        stage.worlds[key] = [(queries.draw_bundle(one.id), one.root) for one in drawn]
    return cast("list[tuple[dict[str, bytes], str]]", stage.worlds[key])


def bundles_verified(stage: Stage) -> int:
    """Bundles that their own one-file program finds sound against the published root."""
    return sum(verified(bundle, root)["ok"] for bundle, root in _bundles(stage))


def forgeries_seen(stage: Stage) -> str:
    """What of the changes the one-file program sees: one leaf, the rule, the round; draw by draw."""
    seen = [
        " ".join(how for how in FORGERIES if not verified(forged(bundle, how), root)["ok"])
        for bundle, root in _bundles(stage)
    ]
    return " · ".join(seen)


def losers_in_the_dark(stage: Stage) -> int:
    """
    People of the township's list whom the rule serves and who neither won, nor stand by, nor can be shown by a proof
    under the published root that they were in the list and not drawn, with odds of the next draw above none.
    """
    first = stage.ids["first draw"]
    bundle, root = next((files, root) for files, root in _bundles(stage) if _of(files) == first)
    records = engine.records_of(bundle[LEAVES])
    drawn = engine.draw(bundle[ANNOUNCEMENT], bundle[CLOSE], bundle[BEACON], records)
    prover, published = engine.Prover.of(drawn), engine.Published.read(bundle)
    entries = queries.entries_of(first)
    odds = queries.next_odds(stage.ids["first"], now=stage.now)
    has_odds = bool(odds) and all(one.odds > 0 for one in odds)
    dark = 0
    for one in roads.not_refused(stage, FIRST_LIST):
        who = one.who(stage.party(OFFICE))
        if who is None or who.document_region not in COUNTY.regions:
            continue
        entry = entries.get(who.person)
        row = engine.row_of(records, entry.bytes) if entry is not None else None
        if row is None:
            dark += 1
            continue
        proof = prover.proof(row)
        is_shown = not engine.check_proof(proof, published, root=root) and proof["place"] in (
            "WINNER",
            "STANDBY",
            "NOT_DRAWN",
        )
        dark += not (is_shown and has_odds)
    return dark


def rights_passed_on(stage: Stage) -> int:
    """Rights of who stood by, promised because a winner did not come."""
    return sum(one.claim.standby is not None for one in book.promises(stage, OFFICE))


def passed_over(stage: Stage) -> int:
    """Who stood by before somebody that was served, and was not."""
    served: Counter[UUID] = Counter()
    for one in book.promises(stage, OFFICE):
        if one.claim.standby is not None:
            served[one.claim.tranche] = max(served[one.claim.tranche], one.claim.standby)
    return sum(
        one.standby is not None and one.hold is None and one.standby < served[one.tranche]
        for one in book.audit(stage, OFFICE)
    )


def days_drawn_twice(stage: Stage) -> int:
    """Days of a release for which more than one draw was announced."""
    on = {id: (one.release, one.on) for id, one in tranches_of(stage, OFFICE).items()}
    counts: Counter[tuple[UUID, date]] = Counter(on[one.tranche] for one in _draws(stage))
    return sum(count > 1 for count in counts.values())


def won_undrawn(stage: Stage) -> int:
    """Units promised or given to whom the published results do not name, or under no claim at all."""
    named = set()
    for bundle, _root in _bundles(stage):
        result = json.loads(bundle[RESULT])
        named |= {*result["winners"], *result["standby"]}
    strangers = sum(one.units for one in book.promises(stage, OFFICE) if one.claim.id.hex not in named)
    return strangers + book.promised_without_a_claim(stage, OFFICE)


def longer_losers_have_better_odds(stage: Stage) -> bool:
    """After two draws: who lost both against who lost one."""
    odds = {one.losses: one.odds for one in queries.next_odds(stage.ids["second"], now=stage.now)}
    return odds.get(2, 0) > odds.get(1, 0) > 0


def _of(files: dict[str, bytes]) -> UUID:
    return engine.read_announcement(files[ANNOUNCEMENT]).draw


MEASURES: dict[str, Any] = {
    "entrants": lambda stage: queries.draw(stage.ids["first draw"]).entries,
    "bundles_verified": bundles_verified,
    "forgeries_seen": forgeries_seen,
    "losers_in_the_dark": losers_in_the_dark,
    "longer_losers_have_better_odds": longer_losers_have_better_odds,
    "rights_passed_on": rights_passed_on,
    "passed_over": passed_over,
    "days_drawn_twice": days_drawn_twice,
    "won_undrawn": won_undrawn,
    "units_handed_over": lambda stage: book.units_handed_over(stage, OFFICE),
    "units_unaccounted_for": lambda stage: book.units_unaccounted_for(stage, OFFICE),
}

FACTS: dict[str, Any] = {
    "winners": lambda stage: sum(one.winners for one in _draws(stage)),
    "standing_by": lambda stage: sum(one.standby for one in _draws(stage)),
    "drawn_by_a_drill": lambda stage: sum(one.is_drill for one in _draws(stage)),
}
