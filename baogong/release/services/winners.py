"""Winners another office has chosen: brought in under one signature, admitted under the second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from baogong.engine.release import Mode, Rule, Subject
from baogong.engine.release.rule import DOCUMENTS
from baogong.journal.locks import lock_row
from baogong.journal.queries import documents_by_id
from baogong.journal.queries.documents import DocumentView
from baogong.journal.services import draw_up, record, recorded, when_in_force
from baogong.journal.services.documents import lock_numbers
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import derived_id, new_id
from baogong.release import admission
from baogong.release.codes import as_own
from baogong.release.errors import WinnersUnusable
from baogong.release.facts import Answer, ClaimIn
from baogong.release.models import Release, Tranche, Winner, WinnerList
from baogong.release.services.claims import DESK, bare_connection
from baogong.release.services.texts import Right, tell_rights
from baogong.release.services.underway import lists_waiting, release_of

DOCUMENT = "WINNERS"
SOURCE_MAX = 120
_SUBJECTS = (Subject.PERSON, Subject.HOUSEHOLD, Subject.PHONE, Subject.ADDRESS)


@dataclass(frozen=True, slots=True)
class WinnerIn:
    """
    One row of another office's list; people are tags already (`identity.person`).

    row          as the file names it: the cell or the line
    born_decade  all that is kept of a birth date (`facts.decade_of`)
    """

    row: str
    units: int
    document: str
    person: bytes = field(repr=False)
    household: bytes | None = field(default=None, repr=False)
    phone: bytes | None = field(default=None, repr=False)
    address: bytes | None = field(default=None, repr=False)
    region: str = ""
    born_decade: int | None = None

    @property
    def tags(self) -> dict[Subject, bytes]:
        tags = zip(_SUBJECTS, (self.person, self.household, self.phone, self.address), strict=True)
        return {subject: tag for subject, tag in tags if tag is not None}


@transaction.atomic
def bring_winners(
    *,
    tranche: UUID,
    source: str,
    file_hash: bytes,
    people: int,
    units: int,
    winners: Sequence[WinnerIn],
    actor: Actor,
    now: datetime,
) -> UUID:
    """
    Take another office's list in and sign it once; a second person's signature admits it. Returns the document's id.

    source, file_hash  who chose them, and the SHA-256 of the list as it came: the same again changes nothing, unless it was
                       refused or cancelled since; then it is brought anew, under a paper of its own
    people, units      what the source signed for: the rows come to exactly that
    Raises NotYourPlace, WinnersUnusable with every problem, NotFound.
    """
    lock_numbers(DOCUMENT)  # before the tranche, as who signs has the document before it
    release = release_of(tranche)
    lock_row(Tranche.objects.all(), tranche)  # as claims do, before the release
    lock_row(Release.objects.all(), release)  # it is not closed meanwhile, and is read once that is sure
    row = lock_row(Tranche.objects.select_related("release__rule"), tranche)
    actor.require(*DESK, at=row.release.office_id)
    source = source.strip()
    earlier = WinnerList.objects.filter(tranche=row, source=source, file_hash=file_hash).order_by("turn").last()
    if earlier is not None and earlier not in _dropped([earlier]):
        return earlier.document
    turn = 0 if earlier is None else earlier.turn + 1
    return _bring(
        row, source, file_hash=file_hash, turn=turn, people=people, units=units, winners=winners, actor=actor, now=now
    )


def rows_dropped(file_hash: bytes) -> set[str]:
    """The rows of this file whose list was refused or cancelled, and not brought anew since: they count as never brought."""
    newest: dict[tuple[UUID, str], WinnerList] = {}
    for one in WinnerList.objects.filter(file_hash=file_hash).order_by("turn"):
        newest[one.tranche_id, one.source] = one
    return set(Winner.objects.filter(list__in=_dropped(newest.values())).values_list("row", flat=True))


def _dropped(lists: Iterable[WinnerList]) -> list[WinnerList]:
    found = [one for one in lists if one.admitted_at is None]
    ended = {
        one.id for one in documents_by_id([row.document for row in found]) if one.state in ("REFUSED", "CANCELLED")
    }
    return [one for one in found if one.document in ended]


@recorded("release.winners.brought")
def _bring(
    row: Tranche,
    source: str,
    *,
    file_hash: bytes,
    turn: int,
    people: int,
    units: int,
    winners: Sequence[WinnerIn],
    actor: Actor,
    now: datetime,
) -> UUID:
    assert row.release.rule is not None
    rule = Rule.read(row.release.rule.body)
    _refuse(_problems(row, rule, source, file_hash, people, units, winners))
    list_id = new_id()
    this = (row.id, source, file_hash.hex(), *([turn] if turn else []))
    document = draw_up(
        kind="WINNERS",
        title=f"{source}·{rule.title_zh}",
        body={
            "release": row.release.code, "on": row.on.isoformat(), "source": source, "sha256": file_hash.hex(),
            "people": people, "units": units,
        },
        subjects=[row.release_id, row.id, list_id],
        signatures_required=2,
        signers=(Duty.COMMAND, Duty.APPROVER),
        at=row.release.office_id,
        actor=actor,
        now=now,
        request_id=derived_id("release.winners", *this),
    )  # fmt: skip
    made = WinnerList.objects.create(
        id=list_id,
        tranche=row,
        source=source,
        file_hash=file_hash,
        turn=turn,
        people=people,
        units=units,
        document=document,
        brought_at=now,
        brought_by_id=actor.person_id,
    )
    Winner.objects.bulk_create(
        [
            Winner(
                id=as_own(derived_id("release.winner", *this, one.row)),
                list=made,
                row=one.row,
                units=one.units,
                document=one.document,
                region=one.region,
                person=one.person,
                household=one.household,
                phone=one.phone,
                address=one.address,
                born_decade=one.born_decade,
            )
            for one in winners
        ],
        batch_size=2_000,
    )
    record(
        kind="release.winners.brought",
        actor=actor,
        now=now,
        subject=row.id,
        document=document,
        data={"source": source, "people": people, "units": units},
    )
    return document


def register() -> None:
    """Called when the room starts."""
    when_in_force(DOCUMENT, _admit)


def _admit(document: DocumentView, actor: Actor, now: datetime) -> None:
    """The second signature is there: every row becomes a claim, in the order of the list."""
    found = WinnerList.objects.select_related("tranche").get(document=document.id)
    rows = list(Winner.objects.filter(list=found).order_by("id"))
    claims = [
        ClaimIn(
            id=one.id,
            tranche=found.tranche_id,
            channel="IMPORT",
            units=one.units,
            person=bytes(one.person or b""),
            household=_bytes(one.household),
            phone=_bytes(one.phone),
            address=_bytes(one.address),
            document=one.document,
            region=one.region,
            born_decade=one.born_decade,
            taken_by=found.brought_by_id,
            is_chosen=True,
        )
        for one in sorted(rows, key=lambda row: _in_order(row.row))
    ]
    answers: list[Answer] = []
    for at in range(0, len(claims), admission.BATCH_MAX):
        answers += admission.admit(bare_connection(), claims[at : at + admission.BATCH_MAX], now)
    found.admitted_at = now
    found.save(update_fields=["admitted_at"])
    admitted = [one for one in answers if one.is_admitted]
    tell_rights([Right(one.id, None, one.units, one.keeps_until) for one in admitted], "won", now)
    record(
        kind="release.winners.admitted",
        actor=actor,
        now=now,
        subject=found.tranche_id,
        document=found.document,
        data={"people": len(admitted), "units": sum(one.units for one in admitted), "refused": len(answers) - len(admitted)},
    )  # fmt: skip


_Problem = tuple[str, str]  # in English, in Chinese


def _problems(
    row: Tranche,
    rule: Rule,
    source: str,
    file_hash: bytes,
    people: int,
    units: int,
    winners: Sequence[WinnerIn],
) -> list[_Problem]:
    found: list[_Problem] = []
    if rule.mode is not Mode.IMPORTED or row.release.state != "OPEN":
        found.append((
            f"the release's mode is {rule.mode.value} and it is {row.release.state}; {Mode.IMPORTED.value} and OPEN are asked for",
            "这次投放不接收外来名单，或没有开放",
        ))  # fmt: skip
    if not 0 < len(source) <= SOURCE_MAX or len(file_hash) != 32:
        found.append(
            (f"a source of 1 to {SOURCE_MAX} characters and the hash of its file are needed", "缺少来源单位或文件摘要")
        )
    if len(winners) != people:
        found.append(
            (
                f"{people} people were signed for, the list has {len(winners)}",
                f"签署 {people} 人，名单 {len(winners)} 人",
            )
        )
    total = sum(one.units for one in winners)
    if total != units:
        found.append(
            (f"{units} units were signed for, the list comes to {total}", f"签署 {units} 份，名单合计 {total} 份")
        )
    waiting = lists_waiting([row.id])
    free = row.units - row.admitted - sum(one.units for one in waiting)
    if total > free:
        found.append((f"{total} units are promised and {free} are free", f"名单要 {total} 份，本批只余 {free} 份"))
    counted = Q(list__in=waiting) | Q(list__admitted_at__isnull=False)  # a list that was refused names nobody
    named = Winner.objects.filter(counted, list__tranche=row, person__in=[one.person for one in winners]).count()
    if named:
        found.append(
            (f"{named} of them stand on an earlier list for this tranche", f"{named} 人已在本批的另一份名单上")
        )
    rows, persons = Counter(one.row for one in winners), Counter(one.person for one in winners)
    for one in winners:
        found += [
            (f"{one.row}: {english}", f"{one.row}：{chinese}")
            for english, chinese in _problems_of(one, rule, row.region, rows, persons)
        ]
    return found


def _problems_of(one: WinnerIn, rule: Rule, region: str, rows: Counter[str], persons: Counter[bytes]) -> list[_Problem]:
    found: list[_Problem] = []
    if not 0 < len(one.row) <= 40 or rows[one.row] > 1:
        found.append(("the row is named twice, or not at all", "行号重复或缺少"))
    if persons[one.person] > 1:
        found.append(("the same person stands in the list twice", "同一人在名单上出现两次"))
    most = rule.units_per_claim_max
    if not 0 < one.units <= most:
        found.append((f"{one.units} units; 1 to {most} are allowed", f"{one.units} 份，应为 1 至 {most}"))
    if one.document not in DOCUMENTS or one.document not in rule.eligibility.documents:
        found.append((f"a document of kind {one.document} is not accepted", "不接受这种证件"))
    if any(len(tag) != 32 for tag in one.tags.values()):
        found.append(("a tag has not 32 bytes", "标记长度不对"))
    if region and not one.region.startswith(region):
        found.append((f"not of the tranche's district {region}", f"不属于本批的地区 {region}"))
    missing = [quota.subject.value for quota in rule.quotas if quota.subject not in one.tags]
    if missing:
        found.append(
            (f"{', '.join(missing)} is counted by a quota and missing", "缺少限额要用的户口簿号、手机号或地址")
        )
    return found


def _refuse(problems: list[_Problem]) -> None:
    if problems:
        told = [english for english, _chinese in problems]
        raise WinnersUnusable(
            f"The list cannot be taken in: {'; '.join(told)}. Nobody was admitted.",
            where="winners",
            found="; ".join(told),
            expected="a list that comes to what its source signed for",
            cure="Send the problems back to the source, and bring the corrected list whole.",
            problems=told,
            told_zh="；".join(chinese for _english, chinese in problems),
        )


def _in_order(row: str) -> tuple[int, str]:
    """Cells by their line: B2 before B10."""
    digits = "".join(one for one in row if one.isdecimal())
    return (int(digits) if digits else 0, row)


def _bytes(value: bytes | memoryview | None) -> bytes | None:
    return None if value is None else bytes(value)
