"""
Releases, their rules, tranches and claims.

No table holds a number, a telephone or a name: people are keyed tags of 32 bytes, which differ from city to city.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from baogong.engine.release import Subject
from baogong.engine.release.rule import CHANNELS
from baogong.kernel.ids import new_id

_CHANNELS = [(channel, channel) for channel in CHANNELS]


class Release(models.Model):
    """
    Stock offered to the public of one city under one rule.

    office   whose release it is: duties are asked for there, so that no city sees another's
    holder   the party in whose accounts the book keeps what is offered and claimed
    scope    releases of one scope count one quota: a right used in one is used in all
    rule     the version in force; None until it opens, and never another afterwards
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", "Draft"
        OPEN = "OPEN", "Open"
        CLOSED = "CLOSED", "Closed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=60)
    office = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    holder = models.OneToOneField("people.Party", models.PROTECT, related_name="+")
    item = models.ForeignKey("catalogue.Item", models.PROTECT, related_name="+")
    scope = models.UUIDField(db_index=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    rule = models.ForeignKey("release.RuleVersion", models.PROTECT, null=True, related_name="+")
    document = models.UUIDField(null=True)  # under which it opened
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    request_id = models.UUIDField(unique=True)
    content = models.UUIDField()

    class Meta:
        constraints = (
            models.UniqueConstraint("office", "code", name="release_once_per_office"),
            models.CheckConstraint(
                name="release_opened_under_a_rule",
                condition=Q(state="DRAFT", rule=None, opened_at=None, document=None)
                | Q(state__in=("OPEN", "CLOSED"), rule__isnull=False, opened_at__isnull=False, document__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.code


class RuleVersion(models.Model):
    """One wording of a release's rule. Never edited: a change is the next version."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    release = models.ForeignKey(Release, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    body = models.JSONField()
    digest = models.BinaryField(max_length=32)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint("release", "number", name="rule_version_once"),)

    def __str__(self) -> str:
        return f"{self.release_id} v{self.number}"


class RuleTrial(models.Model):
    """What a version did on a made-up city."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.ForeignKey(RuleVersion, models.PROTECT, related_name="trials")
    city = models.JSONField()
    outcome = models.JSONField()
    tried_at = models.DateTimeField()
    tried_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.version_id} {self.tried_at:%Y-%m-%d %H:%M}"


class Tranche(models.Model):
    """
    One day's stock of a release, for one district or all.

    admitted     units of claims that stand, promised or handed over, and units that were lost on the way
    standing     claims that stand by; standby_last: the highest number given
    seed         shuffles the opening minute; its hash is published when the tranche is put out, the seed afterwards
    opened_at    when the opening minute's claims were judged; None where there is none or it is not over
    shop         hands out or sends off; factory: makes the goods. Whom the settlement is for
    shops        further ones, where a right may be used in any of many
    taken_back   units that went back to the source; where a shop's list tells late what it gave, they come out again
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    release = models.ForeignKey(Release, models.PROTECT, related_name="tranches")
    on = models.DateField()
    region = models.CharField(max_length=12, blank=True)
    variant = models.CharField(max_length=40, blank=True)
    lot = models.ForeignKey("ledger.Lot", models.PROTECT, related_name="+")
    source = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    shop = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    factory = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    shops = ArrayField(models.UUIDField(), default=list)
    units = models.PositiveIntegerField()
    taken_back = models.PositiveIntegerField(default=0)
    admitted = models.PositiveIntegerField(default=0)
    standing = models.PositiveIntegerField(default=0)
    standby_last = models.PositiveIntegerField(default=0)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    seed = models.BinaryField(max_length=32)
    opened_at = models.DateTimeField(null=True)
    put_out_at = models.DateTimeField()
    document = models.UUIDField(null=True)
    request_id = models.UUIDField(unique=True)
    content = models.UUIDField()

    class Meta:
        constraints = (
            models.CheckConstraint(name="tranche_never_oversold", condition=Q(admitted__lte=F("units"))),
            models.CheckConstraint(name="tranche_closes_after_it_opens", condition=Q(closes_at__gt=F("opens_at"))),
            models.CheckConstraint(name="tranche_standing", condition=Q(standing__lte=F("standby_last"))),
        )
        indexes = (models.Index(fields=("release", "on"), name="tranche_by_day"),)

    def __str__(self) -> str:
        return f"{self.release_id} {self.on}"

    @property
    def stands_at(self) -> UUID:
        """Where it is fetched: in the shop that hands it out, or else where the stock stands."""
        return self.shop_id or self.source_id

    @property
    def desks(self) -> tuple[UUID, ...]:
        """Whose people hand it out: the shops'; without a shop those of where the stock stands, and the office's."""
        return (self.shop_id, *self.shops) if self.shop_id else (self.source_id, self.release.office_id)

    @property
    def senders(self) -> tuple[UUID, ...]:
        """Whence what was ordered online is sent: a shop, where the stock stands, or the office."""
        return tuple(dict.fromkeys((*self.desks, self.source_id, self.release.office_id)))


class ChannelReserve(models.Model):
    """
    Units of a tranche that only one channel may take until the published moment; `taken`: all it has had.

    beyond  units that it has had above its cap: of rights used in time of which a shop's list told late
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tranche = models.ForeignKey(Tranche, models.PROTECT, related_name="reserves")
    channel = models.CharField(max_length=8, choices=_CHANNELS)
    units = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0)
    beyond = models.PositiveIntegerField(default=0)
    units_max = models.PositiveIntegerField(null=True)
    until_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint("tranche", "channel", name="reserve_once_per_channel"),
            models.CheckConstraint(
                name="reserve_within_cap", condition=Q(units_max=None) | Q(taken__lte=F("units_max"))
            ),
        )

    def __str__(self) -> str:
        return f"{self.channel} {self.units}"


class Slot(models.Model):
    """A time at which so many claimants of a tranche may come."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tranche = models.ForeignKey(Tranche, models.PROTECT, related_name="slots")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    capacity = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint("tranche", "from_at", name="slot_once"),
            models.CheckConstraint(name="slot_ends", condition=Q(until_at__gt=F("from_at"))),
            models.CheckConstraint(name="slot_never_overfull", condition=Q(taken__lte=F("capacity"))),
        )

    def __str__(self) -> str:
        return f"{self.from_at:%Y-%m-%d %H:%M}"


class Claim(models.Model):
    """
    A person's claim to units of a tranche, and what became of it. The id is the claimant's own.

    claimant  whose telephone, name and address are kept, enciphered, for texting and handing over; None: nobody's
    due_at    by when it is to be in the claimant's hands, where the rule promises that
    born_decade  1930: born from 1930 to 1939, 1920: before 1930; None where no number told it. No birth date is kept

    Refusals stay too: the same id gets the same answer for ever. Tags are emptied when the city's purpose ends.
    `windows`: subject → first day of the turn it was counted in, so that a cancelled claim gives back its own turn.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", "Waiting for the opening minute to end"
        REFUSED = "REFUSED", "Refused"
        STANDBY = "STANDBY", "Standing by"
        ADMITTED = "ADMITTED", "Admitted"
        ACCEPTED = "ACCEPTED", "Accepted by the shop"
        UNDERWAY = "UNDERWAY", "On its way"  # the goods left the shop; the hold goes with them
        LOST = "LOST", "Lost on the way"  # the goods are gone; the office brings others, or ends it
        HANDED_OVER = "HANDED_OVER", "Handed over"
        CANCELLED = "CANCELLED", "Cancelled"
        EXPIRED = "EXPIRED", "Not fetched in time"

    id = models.UUIDField(primary_key=True, editable=False)
    # Claims are written while their tranche is locked, and no tranche is ever deleted: looking for it once a claim, as a
    # constraint does, would find nothing and cost a tenth of the write.
    tranche = models.ForeignKey(Tranche, models.PROTECT, related_name="claims", db_index=False, db_constraint=False)
    content = models.BinaryField(max_length=32)
    channel = models.CharField(max_length=8, choices=_CHANNELS)
    units = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=State.choices)
    code = models.CharField(max_length=32, blank=True)
    free_on = models.DateField(null=True)
    standby_number = models.PositiveIntegerField(null=True)
    at = models.DateTimeField()
    decided_at = models.DateTimeField()
    region = models.CharField(max_length=12, blank=True)
    slot = models.ForeignKey(Slot, models.PROTECT, null=True, related_name="+", db_index=False)
    person = models.BinaryField(max_length=32, null=True)
    household = models.BinaryField(max_length=32, null=True)
    phone = models.BinaryField(max_length=32, null=True)
    address = models.BinaryField(max_length=32, null=True)
    windows = models.JSONField(default=dict)
    hold = models.UUIDField(null=True)
    keeps_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    born_decade = models.PositiveSmallIntegerField(null=True)
    claimant = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    taken_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="claim_held_once_admitted",
                condition=Q(state__in=("WAITING", "REFUSED", "STANDBY"), hold=None)
                | Q(state__in=("ADMITTED", "ACCEPTED", "UNDERWAY", "LOST", "HANDED_OVER"), hold__isnull=False)
                | Q(state__in=("CANCELLED", "EXPIRED")),
            ),
            models.CheckConstraint(name="claim_refused_for_a_reason", condition=~Q(state="REFUSED", code="")),
        )
        indexes = (
            models.Index(fields=("tranche", "state"), name="claim_open", condition=~Q(state="REFUSED")),
            models.Index(
                fields=("tranche", "person"), name="claim_waiting", condition=Q(state__in=("WAITING", "STANDBY"))
            ),
            models.Index(
                fields=("keeps_until",),
                name="claim_running_out",
                condition=Q(state__in=("ADMITTED", "ACCEPTED"), keeps_until__isnull=False),
            ),
            models.Index(
                fields=("due_at",),
                name="claim_falling_due",
                condition=Q(state__in=("ADMITTED", "ACCEPTED", "UNDERWAY", "LOST"), due_at__isnull=False),
            ),
            models.Index(
                fields=("tranche",),
                name="claim_moved_up",
                condition=Q(state__in=("ADMITTED", "ACCEPTED"), standby_number__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.state} {self.units}"


class ContactUnderway(models.Model):
    """What a claimant typed, sealed, until the worker has put it among the personal data of the city's purpose."""

    # Written in its claim's own transaction, and claims never vanish: a constraint would look each of them up once more.
    claim = models.OneToOneField(Claim, models.PROTECT, primary_key=True, related_name="+", db_constraint=False)
    sealed = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.claim_id)


class PromiseAlert(models.Model):
    """
    Somebody was told, before a promise ended, that its claim was not handed over yet. Never edited, once for each promise: a
    claim that is brought once more is promised anew.
    """

    pk = models.CompositePrimaryKey("claim_id", "due_at")
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="+", db_index=False)
    office = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    state = models.CharField(max_length=12)  # the claim's, then
    due_at = models.DateTimeField()
    told_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.state} {self.due_at:%Y-%m-%d %H:%M}"


class GoodsIn(models.Model):
    """Goods of a tranche that came to its shop and were disinfected on arrival, by whom and with what. Never edited."""

    id = models.UUIDField(primary_key=True, editable=False)
    tranche = models.ForeignKey(Tranche, models.PROTECT, related_name="goods_in")
    units = models.PositiveIntegerField()
    means = models.CharField(max_length=60)
    at = models.DateTimeField()
    by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=200)

    class Meta:
        constraints = (models.CheckConstraint(name="goods_in_some", condition=Q(units__gt=0)),)

    def __str__(self) -> str:
        return f"{self.units} {self.means}"


class Used(models.Model):
    """What one subject has had in its running turn, over all channels and releases of the scope."""

    pk = models.CompositePrimaryKey("scope", "subject", "tag")
    scope = models.UUIDField()
    subject = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Subject])
    tag = models.BinaryField(max_length=32)
    start_on = models.DateField()
    units = models.IntegerField()
    claims = models.IntegerField()

    class Meta:
        constraints = (models.CheckConstraint(name="used_not_negative", condition=Q(units__gte=0, claims__gte=0)),)

    def __str__(self) -> str:
        return f"{self.subject} {self.units}"


class Listed(models.Model):
    """One person on one of an office's lists: insured, holding a citizen card, …"""

    pk = models.CompositePrimaryKey("office_id", "name", "tag")
    office = models.ForeignKey("people.Party", models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=60)
    tag = models.BinaryField(max_length=32)
    put_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class VerifiedAddress(models.Model):
    """
    An address somebody has verified, and the region it lies in.

    waits_why  why nothing can be brought there now; "" where it can. Rights of people there stand, and wait
    """

    pk = models.CompositePrimaryKey("office_id", "tag")
    office = models.ForeignKey("people.Party", models.PROTECT, related_name="+", db_index=False)
    tag = models.BinaryField(max_length=32)
    region = models.CharField(max_length=12)
    waits_why = models.CharField(max_length=200, blank=True, default="")
    verified_at = models.DateTimeField()
    verified_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return self.region


class WinnerList(models.Model):
    """
    Winners another office has chosen: one file of one source, for one tranche. Two persons sign; only then are they admitted.

    people, units  what the source signed for; the rows come to exactly that
    turn           0, and one more each time the same file was brought after it had been refused
    document       of kind WINNERS; the second signature under it admits
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tranche = models.ForeignKey(Tranche, models.PROTECT, related_name="winner_lists")
    source = models.CharField(max_length=120)
    file_hash = models.BinaryField(max_length=32)
    turn = models.PositiveSmallIntegerField(default=0)
    people = models.PositiveIntegerField()
    units = models.PositiveIntegerField()
    document = models.UUIDField(unique=True)
    brought_at = models.DateTimeField()
    brought_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    admitted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint("source", "file_hash", "tranche", "turn", name="winner_list_once"),)

    def __str__(self) -> str:
        return f"{self.source} {self.people}"


class Winner(models.Model):
    """One row of such a list. Its claim's id is made of the source, the file and the row."""

    id = models.UUIDField(primary_key=True, editable=False)
    list = models.ForeignKey(WinnerList, models.PROTECT, related_name="winners")
    row = models.CharField(max_length=40)
    units = models.PositiveIntegerField()
    document = models.CharField(max_length=20)
    region = models.CharField(max_length=12, blank=True)
    person = models.BinaryField(max_length=32, null=True)
    household = models.BinaryField(max_length=32, null=True)
    phone = models.BinaryField(max_length=32, null=True)
    address = models.BinaryField(max_length=32, null=True)
    born_decade = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("list", "row", name="winner_row_once"),
            models.UniqueConstraint("list", "person", name="winner_person_once"),
        )

    def __str__(self) -> str:
        return f"{self.row} {self.units}"


class Redemption(models.Model):
    """
    A right used, once, in one channel: in a shop or online. Shops' lists may tell it later; then they are named.

    Never edited. It goes only with its handover, where that shop's desk takes it back at once; the journal keeps both.
    """

    class Channel(models.TextChoices):
        SHOP = "SHOP", "In a shop"
        ONLINE = "ONLINE", "Online"

    claim = models.OneToOneField(Claim, models.PROTECT, primary_key=True, related_name="redemption")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    place = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    document = models.UUIDField(null=True)  # the list it came with

    def __str__(self) -> str:
        return f"{self.channel} {self.at:%Y-%m-%d %H:%M}"


class Draw(models.Model):
    """
    The draw of a tranche; its id is the draw's in every paper. One for each tranche, drawn once, whatever came out.

    announcement, close, beacon, result  the papers as they stand; None until then, and never others afterwards
    verifier  the program announced with it, for the bundle
    leaves  the closed list's records; secret: makes household labels that mean nothing outside this draw
    missing_declared_at  since when the announced source is on record as not having come, and by whom; said once
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tranche = models.OneToOneField(Tranche, models.PROTECT, related_name="draw")
    announcement = models.BinaryField()
    verifier = models.BinaryField()
    secret = models.BinaryField(max_length=32)
    announced_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    beacon_at = models.DateTimeField()
    close = models.BinaryField(null=True)
    leaves = models.BinaryField(null=True)
    beacon = models.BinaryField(null=True)
    result = models.BinaryField(null=True)
    drawn_at = models.DateTimeField(null=True)
    missing_declared_at = models.DateTimeField(null=True)
    missing_declared_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+", db_index=False)
    request_id = models.UUIDField(unique=True)
    content = models.UUIDField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="draw_missing_once_closed",
                condition=Q(missing_declared_at=None, missing_declared_by=None)
                | Q(missing_declared_at__isnull=False, close__isnull=False),
            ),
            models.CheckConstraint(
                name="draw_step_by_step",
                condition=Q(close=None, leaves=None, beacon=None, result=None, drawn_at=None)
                | Q(close__isnull=False, leaves__isnull=False, beacon=None, result=None, drawn_at=None)
                | Q(
                    close__isnull=False,
                    leaves__isnull=False,
                    beacon__isnull=False,
                    result__isnull=False,
                    drawn_at__isnull=False,
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.tranche_id}"


class DrawStay(models.Model):
    """
    A person's registration for the draws of a release, where the rule keeps losers in: until they win or leave.

    region, variant  of the tranches: who has registered for one district's or one kind's draws stands in those only
    entry     the entry that stands for it now, or stood last: an identity without a constraint, as each names the other
    sealed    what carries it on and what the document told, enciphered; "" once the city has forgotten its people
    refusal   why the list that was open last did not take it in, and `free_on`, when one may again; "" where it is in
    ended_by  the nonce, where the person left; won_by: the claim, where they won; taken_out_by: who at a desk took it out for
              them; none of these: the city has forgotten its people
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    release = models.ForeignKey(Release, models.PROTECT, related_name="+", db_index=False)
    region = models.CharField(max_length=12, blank=True)
    variant = models.CharField(max_length=40, blank=True)
    person = models.BinaryField(max_length=32, null=True)
    entry = models.UUIDField(unique=True)
    sealed = models.TextField(blank=True)
    refusal = models.CharField(max_length=32, blank=True)
    free_on = models.CharField(max_length=10, blank=True)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.BinaryField(max_length=16, null=True)
    won_by = models.UUIDField(null=True)
    taken_out_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("release", "region", "variant", "person"), name="draw_registered_once",
                condition=Q(ended_at=None),
            ),
            models.CheckConstraint(
                name="draw_stay_ended_for_one_reason",
                condition=Q(ended_at=None, ended_by=None, won_by=None, taken_out_by=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False, won_by=None, taken_out_by=None)
                | Q(ended_at__isnull=False, ended_by=None, won_by__isnull=False, taken_out_by=None)
                | Q(ended_at__isnull=False, ended_by=None, won_by=None, taken_out_by__isnull=False)
                | Q(ended_at__isnull=False, ended_by=None, won_by=None, taken_out_by=None, person=None),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return str(self.entry)


class DrawEntry(models.Model):
    """
    One person in one draw. The id is random and is the entry's name in public; a winner's claim bears it too.

    commitment  binds it to the entrant's nonce, which nobody keeps
    rank        place in the order drawn, from 1: winners, then who stands by; None: neither
    left_at     when it was taken out of the list, before that closed; left_by: the nonce, which only who entered could show;
                left_for: the claim instead, where the person had won by another entry; taken_out_by: instead who at a desk took
                it out for them, who had shown the document and no nonce
    stay        the registration it stands for, where losers stay in
    came_from   the entry it was carried over from, out of an earlier draw, or that it changed, in the same one: once each
    is_carried  the person did not come for this draw, but lost an earlier one
    """

    id = models.UUIDField(primary_key=True, editable=False)
    draw = models.ForeignKey(Draw, models.PROTECT, related_name="entries", db_index=False)
    commitment = models.BinaryField(max_length=16)
    entered_at = models.DateTimeField()
    channel = models.CharField(max_length=8, choices=_CHANNELS)
    document = models.CharField(max_length=20)
    region = models.CharField(max_length=12, blank=True)
    person = models.BinaryField(max_length=32, null=True)
    household = models.BinaryField(max_length=32, null=True)
    phone = models.BinaryField(max_length=32, null=True)
    address = models.BinaryField(max_length=32, null=True)
    claimant = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+", db_index=False)
    taken_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+", db_index=False)
    born_decade = models.PositiveSmallIntegerField(null=True)
    rank = models.PositiveIntegerField(null=True)
    left_at = models.DateTimeField(null=True)
    left_by = models.BinaryField(max_length=16, null=True)
    left_for = models.UUIDField(null=True)
    taken_out_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+", db_index=False)
    stay = models.ForeignKey(DrawStay, models.PROTECT, null=True, related_name="entries")
    came_from = models.OneToOneField("self", models.PROTECT, null=True, related_name="+")
    is_carried = models.BooleanField(default=False)
    request_id = models.UUIDField(unique=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("draw", "person"), name="draw_entered_once", condition=Q(left_at=None)),
            models.CheckConstraint(
                name="draw_left_before_it_was_drawn",
                condition=Q(left_at=None, left_by=None, left_for=None, taken_out_by=None)
                | Q(left_at__isnull=False, left_by__isnull=False, left_for=None, taken_out_by=None, rank=None)
                | Q(left_at__isnull=False, left_by=None, left_for__isnull=False, taken_out_by=None, rank=None)
                | Q(left_at__isnull=False, left_by=None, left_for=None, taken_out_by__isnull=False, rank=None),
            ),
        )
        indexes = (models.Index(fields=("person",), name="draw_entry_of_person"),)

    def __str__(self) -> str:
        return str(self.id)


class DrawMore(models.Model):
    """More stock that went further down the same list: the paper that says to whom."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    draw = models.ForeignKey(Draw, models.PROTECT, related_name="later")
    number = models.PositiveIntegerField()
    paper = models.BinaryField()
    at = models.DateTimeField()
    request_id = models.UUIDField(unique=True)

    class Meta:
        constraints = (models.UniqueConstraint("draw", "number", name="draw_more_once"),)

    def __str__(self) -> str:
        return f"{self.number}"


class Device(models.Model):
    """The browser a claim or an entry came from, as a keyed tag; the id is the claim's or the entry's."""

    id = models.UUIDField(primary_key=True, editable=False)
    release = models.ForeignKey(Release, models.PROTECT, related_name="+", db_index=False)
    tag = models.BinaryField(max_length=32)

    class Meta:
        indexes = (models.Index(fields=("release", "tag"), name="device_of_release"),)

    def __str__(self) -> str:
        return str(self.id)


class ClusterLook(models.Model):
    """
    What a person said of people who share a device, an address or a telephone, or of one who named several households. The
    newest look counts.

    people  so many shared it then (households of one PERSON): when more do, it waits for a person anew
    """

    class Kind(models.TextChoices):
        DEVICE = "DEVICE", "Device"
        ADDRESS = "ADDRESS", "Address"
        PHONE = "PHONE", "Telephone"
        PERSON = "PERSON", "Person"

    class Verdict(models.TextChoices):
        FINE = "FINE", "Fine"
        CANCELLED = "CANCELLED", "Cancelled"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    release = models.ForeignKey(Release, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    tag = models.BinaryField(max_length=32)
    people = models.PositiveIntegerField()
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    why = models.CharField(max_length=200)
    at = models.DateTimeField()
    by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = (models.Index(fields=("release", "kind", "tag", "at"), name="look_at_cluster"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.verdict}"
