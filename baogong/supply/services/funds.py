"""
Money given: registered with its earmarks, received, and moved to another earmark with the donor's consent.

Each slice of a gift is a fund: a lot of the item whose unit is the fen, held by its trustee.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from baogong.catalogue.queries import MONEY
from baogong.engine import funds as engine
from baogong.journal import queries as journal
from baogong.journal.locks import lock_row
from baogong.journal.queries import DocumentView
from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id, new_id
from baogong.kernel.money import yuan
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.supply.errors import ConsentMissing, FundsTooSmall, MoneyGiftStands, MoreThanAnnounced
from baogong.supply.models import Commitment, Fund, MoneyGift, MoneyReceipt, ReEarmark
from baogong.supply.queries.funds import money_gift
from baogong.supply.requests import content_of, made_before
from baogong.supply.services.purse import Purse, fund_name, lock_purse

RE_EARMARK = "RE_EARMARK"


@dataclass(frozen=True, slots=True)
class Slice:
    """
    A part of a gift of money under one earmark.

    receivers  for whom; none: anyone
    items      what it may buy; none: anything
    until      the last day on which it may be drawn; None: for ever
    """

    amount_fen: int
    receivers: tuple[UUID, ...] = ()
    items: tuple[UUID, ...] = ()
    purpose: str = ""
    until: date | None = None

    @property
    def is_free(self) -> bool:
        return not (self.receivers or self.items or self.purpose or self.until)


@transaction.atomic
@recorded("supply.money.registered")
def register_money_gift(
    *,
    donor: UUID,
    trustee: UUID,
    slices: Sequence[Slice],
    actor: Actor,
    now: datetime,
    request_id: UUID,
    amount_text: str = "",
    source: str = "",
    form: str = MoneyGift.Form.MONEY,
    corrects: UUID | None = None,
) -> UUID:
    """
    Write down money that is given, slice by slice; returns the gift's id. Nothing stands in a fund before it came.

    trustee      who holds the money; money of one's own to spend: the donor
    amount_text  the amount as it was printed, source where
    form         GOODS_WORTH: goods came instead, and only what they are worth was printed; opens no fund
    corrects     a gift registered with another figure, of which nothing came: this one stands in its place
    Raises MoneyGiftStands, UnusableInput, NotYourPlace, RequestIdReused.
    """
    actor.require(Duty.CLERK, Duty.COMMAND)
    content = content_of(
        donor=donor,
        trustee=trustee,
        slices=[repr(one) for one in slices],
        amount_text=amount_text,
        source=source,
        form=form,
        corrects=corrects,
    )
    earlier = made_before(MoneyGift, request_id, content)
    if earlier is not None:
        return earlier.id
    if form not in MoneyGift.Form.values or not slices or any(one.amount_fen <= 0 for one in slices):
        raise UnusableInput(
            "A gift of money names at least one amount above 0 fen. Nothing was registered.",
            found=[one.amount_fen for one in slices],
            expected="amounts above 0",
        )
    wrong = _wrong_gift(corrects, donor) if corrects is not None else None
    total = sum(one.amount_fen for one in slices)
    document = draw_up(
        kind="MONEY_GIFT",
        title=f"{yuan(total)} yuan",
        body={
            "form": form,
            "donor": str(donor),
            "trustee": str(trustee),
            "amount_fen": total,
            "amount_text": amount_text,
            "source": source,
            "corrects": wrong.number if wrong else "",
            "slices": [asdict(one) for one in slices],
        },
        subjects=[donor, trustee],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    gift = MoneyGift.objects.create(
        request_id=request_id,
        content=content,
        number=journal.document(document).number,
        form=form,
        donor_id=donor,
        trustee_id=trustee,
        amount_fen=total,
        amount_text=amount_text[:200],
        source=source[:200],
        document=document,
        registered_at=now,
    )
    if wrong is not None:
        wrong.corrected_by = gift
        wrong.save(update_fields=["corrected_by"])
    if form == MoneyGift.Form.MONEY:
        for no, one in enumerate(slices, start=1):
            _open_fund(gift, no, one, document, now)
    record(
        kind="supply.money.registered",
        actor=actor,
        now=now,
        subject=donor,
        document=document,
        data={"gift": str(gift.id), "amount_fen": total, "slices": len(slices)},
    )
    return gift.id


@transaction.atomic
@recorded("supply.money.received")
def receive_money(
    *,
    gift: UUID,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    parts: Mapping[int, int] | None = None,
    reference: str = "",
) -> UUID:
    """
    The money, or part of it, is at the trustee's; returns the receipt's id.

    parts      slice number → fen; None: all that is still to come
    reference  the bank's
    Raises MoreThanAnnounced, UnusableInput, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    row = lock_row(MoneyGift.objects.all(), gift)
    actor.require(Duty.CLERK, Duty.COMMAND, at=row.trustee_id)
    content = content_of(gift=gift, parts=None if parts is None else sorted(parts.items()), reference=reference)
    earlier = made_before(MoneyReceipt, request_id, content)
    if earlier is not None:
        return earlier.id
    if row.corrected_by_id is not None:
        raise MoneyGiftStands(
            f"{row.number} was told wrong; another gift stands in its place. Nothing was changed.",
            where=row.number,
            cure="Receive the money of the gift that corrects it.",
        )
    # Slices opened by moving money between earmarks got theirs from another slice.
    slices = {one.no: one for one in row.funds.filter(moved_from=None).order_by("no")}
    came = {one.no: one.came_fen for one in money_gift(gift).funds}
    coming = {no: one.amount_fen - came[no] for no, one in slices.items()} if parts is None else dict(parts)
    coming = {no: fen for no, fen in coming.items() if fen}
    if not coming or coming.keys() - slices.keys() or any(fen < 0 for fen in coming.values()):
        raise UnusableInput(
            f"{row.number} has nothing to receive that way. Nothing was changed.",
            where=row.number,
            found=coming,
            expected=f"slices 1 to {len(slices)}, each above 0 fen",
            cure="Name slices of this gift of which money is still to come.",
        )
    for no, fen in coming.items():
        left = slices[no].amount_fen - came[no]
        if fen > left:
            raise MoreThanAnnounced(
                f"{yuan(fen)} yuan came for {row.number}/{no}, of which {yuan(left)} yuan were still to come. "
                "Nothing was changed.",
                where=f"{row.number}/{no}",
                found=fen,
                expected=f"at most {left}",
                cure="Register what came on top as a gift of its own.",
                left_fen=left,
            )
    total = sum(coming.values())
    document = draw_up(
        kind="MONEY_RECEIPT",
        title=f"{row.number}: {yuan(total)} yuan came",
        body={"gift": str(gift), "parts": {str(no): fen for no, fen in coming.items()}, "reference": reference},
        subjects=[row.donor_id, row.trustee_id],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    receipt = MoneyReceipt.objects.create(
        request_id=request_id,
        content=content,
        gift=row,
        reference=reference[:80],
        amount_fen=total,
        document=document,
        at=now,
    )
    outside, inside = AccountRef(row.donor_id, State.OUTSIDE), AccountRef(row.trustee_id, State.AVAILABLE)
    ledger.post(
        lines=[ledger.post_line(outside, inside, slices[no].lot, fen) for no, fen in sorted(coming.items())],
        actor=actor,
        reason=Reason.GIFT,
        document=document,
        request_id=derived_id(request_id, "post"),
        now=now,
    )
    record(
        kind="supply.money.received",
        actor=actor,
        now=now,
        subject=row.donor_id,
        document=document,
        data={"gift": str(gift), "amount_fen": total},
    )
    return receipt.id


@transaction.atomic
@recorded("supply.earmark.proposed")
def propose_re_earmark(
    *,
    fund: UUID,
    terms: Slice,
    why: str,
    consent_by: UUID,
    consent_text: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    Ask that money of a fund be used on other terms; returns the id of the document, which a second person signs.

    terms         how much, and its new earmark
    consent_by    who agreed: only the donor can; consent_text how ("letter of 3 February")
    In force, the money stands in a fund of its own, made from the old one. Money promised to purchases is moved to
    other funds if they can pay. Raises ConsentMissing, FundsTooSmall, UnusableInput, NotYourPlace, RequestIdReused.
    """
    row = lock_row(Fund.objects.select_related("gift"), fund)
    actor.require(Duty.COMMAND, at=row.trustee_id)
    content = content_of(fund=fund, terms=repr(terms), why=why, consent_by=consent_by, consent_text=consent_text)
    earlier = made_before(ReEarmark, request_id, content)
    if earlier is not None:
        return earlier.document
    if terms.amount_fen <= 0 or not why.strip():
        raise UnusableInput(
            "Say how much is to be used otherwise, and why. Nothing was changed.",
            where=fund_name(row),
            found=terms.amount_fen,
            expected="above 0 fen, and a reason",
        )
    if consent_by != row.gift.donor_id or not consent_text.strip():
        raise ConsentMissing(
            "Only the donor can agree that the money is used otherwise, and how it was said must be on record.",
            where=fund_name(row),
            found=str(consent_by),
            expected=str(row.gift.donor_id),
            cure="Ask the donor and write down the answer.",
        )
    document = draw_up(
        kind=RE_EARMARK,
        title=f"{fund_name(row)}: {yuan(terms.amount_fen)} yuan for another use",
        body={
            "corrects": str(row.document),
            "fund": str(fund),
            "terms": asdict(terms),
            "why": why,
            "consent_by": str(consent_by),
            "consent_text": consent_text,
        },
        subjects=[row.gift.donor_id, row.trustee_id, *terms.receivers],
        beneficiary=terms.receivers[0] if len(terms.receivers) == 1 else None,
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
        signatures_required=2,
    )
    ReEarmark.objects.create(
        request_id=request_id,
        content=content,
        fund=row,
        amount_fen=terms.amount_fen,
        receivers=[str(party) for party in terms.receivers],
        items=[str(item) for item in terms.items],
        purpose=terms.purpose[:200],
        until=terms.until,
        why=why,
        consent_by_id=consent_by,
        consent_text=consent_text[:240],
        consent_at=now,
        document=document,
        at=now,
    )
    record(
        kind="supply.earmark.proposed",
        actor=actor,
        now=now,
        subject=row.gift.donor_id,
        document=document,
        data={"fund": str(fund), "amount_fen": terms.amount_fen},
    )
    return document


def move_earmark(document: DocumentView, actor: Actor, now: datetime) -> None:
    """Two persons have signed: the money becomes another fund's, by a conversion the book lets only them make."""
    row = ReEarmark.objects.select_related("fund__gift").get(document=document.id)
    old = row.fund
    purse = lock_purse(old.trustee_id, now)
    view = purse.balances.get(old.pk)
    standing = view.posted if view else 0
    if row.amount_fen > standing:
        raise _too_small(old, row.amount_fen, standing)
    request_id = derived_id(row.pk, "in force")
    _free_for_moving(purse, old, row.amount_fen, actor, document.id, request_id, now)
    terms = Slice(
        row.amount_fen,
        tuple(UUID(party) for party in row.receivers),
        tuple(UUID(item) for item in row.items),
        row.purpose,
        row.until,
    )
    last = old.gift.funds.order_by("-no").values_list("no", flat=True)[0]
    new = _open_fund(old.gift, last + 1, terms, document.id, now, moved_from=old)
    ledger.convert(
        at_holder=old.trustee_id,
        parts=[(old.lot, row.amount_fen)],
        into=[(new.lot, row.amount_fen)],
        actor=actor,
        document=document.id,
        request_id=derived_id(request_id, "convert"),
        now=now,
        reason=Reason.RE_EARMARK,
    )
    row.into = new
    row.save(update_fields=["into"])
    record(
        kind="supply.earmark.moved",
        actor=actor,
        now=now,
        subject=old.gift.donor_id,
        document=document.id,
        data={"fund": str(old.pk), "into": str(new.pk), "amount_fen": row.amount_fen},
    )


def _open_fund(
    gift: MoneyGift, no: int, terms: Slice, document: UUID, now: datetime, moved_from: Fund | None = None
) -> Fund:
    fund = new_id()
    earmark = None
    if not terms.is_free:
        earmark = ledger.open_earmark(
            parties=terms.receivers,
            items=terms.items,
            purpose=terms.purpose,
            until=terms.until,
            request_id=derived_id(fund, "earmark"),
        )
    lot = ledger.open_lot(
        item=MONEY,
        owner=gift.trustee_id,
        donor=gift.donor_id,
        earmark=earmark,
        label=f"{gift.number}/{no}",
        now=now,
    )
    return Fund.objects.create(
        id=fund,
        gift=gift,
        no=no,
        trustee_id=gift.trustee_id,
        lot=lot,
        earmark=earmark,
        amount_fen=terms.amount_fen,
        moved_from=moved_from,
        document=document,
        opened_at=now,
    )


def _wrong_gift(corrects: UUID, donor: UUID) -> MoneyGift:
    """The gift that was told wrong, locked. Raises MoneyGiftStands."""
    row = lock_row(MoneyGift.objects.all(), corrects)
    if row.donor_id != donor or row.corrected_by_id is not None or row.receipts.exists():
        raise MoneyGiftStands(
            f"{row.number} cannot be told anew: its money has come, or it was corrected before. Nothing was changed.",
            where=row.number,
            cure="Look what the bank says; what came on top is a gift of its own.",
        )
    return row


def _free_for_moving(
    purse: Purse, old: Fund, amount_fen: int, actor: Actor, document: UUID, request_id: UUID, now: datetime
) -> None:
    """What the fund has promised of this money is promised by others from now on. Raises FundsTooSmall."""
    problem = purse.problem()
    plan = engine.plan(
        replace(
            problem,
            funds=tuple(
                replace(fund, money_fen=fund.money_fen - amount_fen) if fund.id == old.pk else fund
                for fund in problem.funds
            ),
        )
    )
    if plan.short:
        held = sum(hold.open for holds in purse.commitments.values() for fund, hold in holds if fund == old.pk)
        raise _too_small(old, amount_fen, purse.balances[old.pk].posted - held)
    lines, rows = purse.change(plan, {}, request_id)
    if lines:
        ledger.post(
            lines=lines,
            actor=actor,
            reason=Reason.PURCHASE,
            document=document,
            request_id=derived_id(request_id, "promises"),
            now=now,
        )
        Commitment.objects.bulk_create(rows)


def _too_small(fund: Fund, asked_fen: int, free_fen: int) -> FundsTooSmall:
    return FundsTooSmall(
        f"{yuan(asked_fen)} yuan of {fund_name(fund)} were to be used otherwise; {yuan(free_fen)} yuan of it are "
        "promised to no purchase, and no other fund can take the purchases over. Nothing was changed.",
        where=fund_name(fund),
        found=asked_fen,
        expected=f"at most {free_fen} fen",
        cure="Move less, or call a purchase off first.",
        free_fen=free_fen,
    )
