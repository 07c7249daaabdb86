"""The roads by which claims come in and goods go out: on the net, at the desk, by list, into hands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from django.db import transaction

from baogong.journal.queries.imports import ImportView, import_run
from baogong.journal.services import EvidenceIn
from baogong.ops.scenarios.lists import drop_in
from baogong.ops.scenarios.rationed.people import Written, written
from baogong.ops.scenarios.stage import Stage
from baogong.release import admission, services
from baogong.release.errors import PersonUnusable
from baogong.release.facts import Answer, ClaimIn
from baogong.release.identity import Person
from baogong.release.queries import ClaimRow
from baogong.release.services.claims import bare_connection

AT_ONCE = 2_000
BULK = 1_000


def ask(
    stage: Stage, tranche: UUID, who: Person, units: int, *key: object, channel: str = "WEB", region: str = ""
) -> ClaimIn:
    """A claim as the claim path hands it on. `key`: the same visit has the same id at every play."""
    return ClaimIn(
        id=stage.request_id("claim", channel, *key),
        tranche=tranche,
        channel=channel,
        units=units,
        person=who.person,
        household=who.household,
        phone=who.phone,
        address=who.address,
        document=who.document,
        document_region=who.document_region,
        born_on=who.born_on,
        region=region,
    )


def by_web(stage: Stage, claims: Iterable[ClaimIn]) -> list[Answer]:
    """In the order they arrive, in groups as the claim path's writer takes them."""
    waiting = list(claims)
    answers: list[Answer] = []
    for at in range(0, len(waiting), AT_ONCE):
        with transaction.atomic():
            answers += admission.admit(bare_connection(), waiting[at : at + AT_ONCE], stage.now)
    return answers


def at_the_desk(
    stage: Stage,
    tranche: UUID,
    rows: Sequence[Written],
    units: int,
    *,
    region: str,
    by: str = "wu",
    channel: str = "CLERK",
) -> list[Answer]:
    """A clerk types one after the other; who has no number at all is asked to come again with the card."""
    answers = []
    for number, row in enumerate(rows):
        try:
            answers.append(
                services.claim(
                    claim_id=stage.request_id("desk", tranche, channel, number, row.cells.get("证件号码", "")),
                    tranche=tranche,
                    units=units,
                    channel=channel,
                    contact=row.contact(region),
                    actor=stage.actors[by],
                    now=stage.now,
                )
            )
        except PersonUnusable as error:
            stage.say(f"      the desk could not read the {error.where} of row {number + 2}")
    return answers


def by_list(
    stage: Stage, kind: str, file_name: str, *, by: str = "wu", misread: Callable[[str], str] | None = None
) -> ImportView:
    """The list is brought in, and its run remembered for who counts what was refused. `misread`: as of `drop_in`."""
    view = drop_in(stage, kind, file_name, by=by, misread=misread)
    stage.ids[f"run {file_name}"] = view.id
    return view


def refused_lines(stage: Stage, *files: str) -> int:
    """Rows of these lists that were refused, each at its cell; of one that was not brought in, none."""
    runs = [stage.ids[f"run {name}"] for name in files if f"run {name}" in stage.ids]
    lines = [line.outcome for run in runs for line in import_run(run).lines]
    return sum(one.status == "REFUSED" and bool(one.where and one.expected and one.cure) for one in lines)


def not_refused(stage: Stage, file_name: str) -> list[Written]:
    """The rows of a list as it was written that were not refused; its headers stand in line 1."""
    lines = [line.outcome for line in import_run(stage.ids[f"run {file_name}"]).lines]
    refused = {int("".join(filter(str.isdecimal, one.where))) for one in lines if one.status == "REFUSED"}
    return [row for number, row in enumerate(written(stage, file_name), start=2) if number not in refused]


def accept(stage: Stage, rows: Sequence[ClaimRow], *, by: str) -> None:
    """The shop takes these orders on."""
    waiting = [one.id for one in rows if one.state == "ADMITTED"]
    for at in range(0, len(waiting), BULK):
        services.accept_claims(claims=waiting[at : at + BULK], actor=stage.actors[by], now=stage.now)


def hand_over(stage: Stage, row: ClaimRow, *, by: str, evidence: EvidenceIn, is_brought: bool = False) -> None:
    """Into the claimant's hands, or the proxy's; done before, it stays so."""
    if row.state in ("ADMITTED", "ACCEPTED"):
        services.hand_over_claim(
            claim=row.id,
            evidence=[evidence],
            is_brought=is_brought,
            actor=stage.actors[by],
            now=stage.now,
            request_id=stage.request_id("hand over", row.id),
        )
