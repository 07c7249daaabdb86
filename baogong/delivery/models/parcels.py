"""Parcels, what kinds there are, and every hand each of them went through."""

from __future__ import annotations

from django.db import models
from django.db.models import Func, Q, Value

from baogong.kernel.ids import new_id


class Handover(models.TextChoices):
    """How goods reach a household."""

    CONTACTLESS = "CONTACTLESS", "Contactless"  # left on the shelf or at the door
    WITNESSED = "WITNESSED", "Witnessed"  # seen taken, at a distance; no touch, no signature
    SIGNED = "SIGNED", "Signed"


class Category(models.Model):
    """
    A kind of parcel. `modes`: the handovers that are allowed, the usual one first; without CONTACTLESS it is handed over
    in person and never lies on a shelf.

    service_s  at a stop, where it takes another time than its handover usually does
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.SlugField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)
    is_cold = models.BooleanField(default=False)
    modes = models.JSONField()
    weight_g = models.PositiveIntegerField(default=1000)  # of one, where a list does not say (estimate)
    service_s = models.PositiveIntegerField(null=True)
    item = models.ForeignKey("catalogue.Item", models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return self.name_zh


class Parcel(models.Model):
    """
    What one household is brought, as one piece to scan.

    number, code   counted up in this house, and the same as people type it (`codes`)
    waybill        the number another carrier gave it: scans as well as the code
    room, source   what it was pulled from: a room and its id there ("manifest": the line of a list)
    unit, door     as far as its address is known in the register; `room_text` as it is written on it
    lot, hold, amount   what of the book rides in it, and the promise it rides on now; none before it is received, unless it
                   is a promise of a room below: then that very one
    visits_max     so often a courier comes where nobody is at home; None: as often as it takes
    holder         who has it: station, cart, courier, or the community whose shelf it lies on
    station        where it was received, and where it goes back to
    moved_at       when it last changed hands, by the clock of whoever said so
    out_of_place_at   since when it lies on a shelf where it may not lie: it goes up to the door from there, or back
    undone_count   handovers of it that were taken back
    """

    class State(models.TextChoices):
        EXPECTED = "EXPECTED", "Expected"
        AT_STATION = "AT_STATION", "At the station"
        ON_CART = "ON_CART", "On a cart"
        WITH_COURIER = "WITH_COURIER", "With the courier"
        ON_SHELF = "ON_SHELF", "On the shelf"
        HANDED_OVER = "HANDED_OVER", "Handed over"
        SENT_BACK = "SENT_BACK", "Sent back"
        LOST = "LOST", "Lost"
        WITHDRAWN = "WITHDRAWN", "Withdrawn"  # its promise ended before it came

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.BigIntegerField(unique=True)
    code = models.CharField(max_length=12, unique=True)
    waybill = models.CharField(max_length=40, blank=True)
    room = models.CharField(max_length=20)
    source = models.UUIDField()
    sender = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    category = models.ForeignKey(Category, models.PROTECT, related_name="parcels")
    community = models.ForeignKey("places.Community", models.PROTECT, related_name="+")
    building = models.ForeignKey("places.Building", models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey("places.Unit", models.PROTECT, null=True, related_name="+")
    door = models.ForeignKey("places.Door", models.PROTECT, null=True, related_name="+")
    room_text = models.CharField(max_length=20, blank=True)
    weight_g = models.PositiveIntegerField()
    is_cold = models.BooleanField()
    modes = models.JSONField()
    wants_door = models.BooleanField(default=False)
    due_from_at = models.DateTimeField(null=True)
    due_until_at = models.DateTimeField(null=True)
    lot = models.UUIDField(null=True)
    hold = models.UUIDField(null=True)
    amount = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=12, choices=State.choices, default=State.EXPECTED)
    holder = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    station = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    shelf = models.ForeignKey("places.Shelf", models.PROTECT, null=True, related_name="+")
    moved_at = models.DateTimeField()
    out_of_place_at = models.DateTimeField(null=True)
    attempts_count = models.PositiveSmallIntegerField(default=0)
    undone_count = models.PositiveSmallIntegerField(default=0)
    visits_max = models.PositiveSmallIntegerField(null=True)
    disinfected_at = models.DateTimeField(null=True)
    calling = models.ForeignKey("delivery.Calling", models.PROTECT, null=True, related_name="parcels")
    document = models.UUIDField(null=True)  # the list it came with
    made_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=("station", "state"), name="parcel_by_station"),
            models.Index(fields=("community", "state"), name="parcel_by_community"),
            models.Index(fields=("holder", "state"), name="parcel_by_holder"),
            models.Index(fields=("door",), name="parcel_by_door"),
            models.Index(fields=("station",), name="parcel_standing", condition=Q(state="AT_STATION")),
            models.Index(
                fields=("community", "station", "due_until_at"),
                name="parcel_underway",
                condition=Q(state__in=("EXPECTED", "AT_STATION", "ON_CART", "WITH_COURIER", "ON_SHELF")),
            ),
        )
        constraints = (
            models.UniqueConstraint("waybill", name="parcel_waybill_once", condition=~Q(waybill="")),
            models.CheckConstraint(name="parcel_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="parcel_in_the_book",
                condition=Q(state__in=("EXPECTED", "WITHDRAWN"))
                | Q(lot__isnull=False, hold__isnull=False, holder__isnull=False),
            ),
            models.CheckConstraint(
                name="parcel_in_person_never_on_a_shelf",
                condition=~Q(state="ON_SHELF")
                | Q(modes__contains=["CONTACTLESS"], shelf__isnull=False)
                | Q(out_of_place_at__isnull=False, shelf__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.code

    @property
    def goes_up(self) -> bool:
        """It lies on a shelf, and its household waits for it at the door."""
        return self.state == self.State.ON_SHELF and (self.wants_door or self.out_of_place_at is not None)


def _next_act() -> Func:
    return Func(Value("delivery_parcelact_seq"), function="nextval", output_field=models.BigIntegerField())


class ParcelAct(models.Model):
    """
    One thing that happened to a parcel. Never edited.

    at_device, at    when whoever did it says it was, and when the book heard of it
    from_id, to_id   whose hands it left and came into; the same where it only was tried, disinfected, asked for
    turn             of a HANDED_OVER: how many handovers of it had been taken back before
    seq              in the order they were written down; drawn by the database
    """

    class Kind(models.TextChoices):
        RECEIVED = "RECEIVED", "Received"
        DISINFECTED = "DISINFECTED", "Disinfected"
        ON_CART = "ON_CART", "Loaded on a cart"
        OFF_CART = "OFF_CART", "Unloaded from a cart"
        TAKEN = "TAKEN", "Taken by the courier"
        ON_SHELF = "ON_SHELF", "Put on the shelf"
        HANDED_OVER = "HANDED_OVER", "Handed over"
        FAILED = "FAILED", "Tried in vain"
        RETURNED = "RETURNED", "Back at the station"
        DOOR_ASKED = "DOOR_ASKED", "Asked to the door"
        SENT_BACK = "SENT_BACK", "Sent back"
        LOST = "LOST", "Lost"
        AGAIN = "AGAIN", "Expected once more"
        FOUND = "FOUND", "Found again"
        CONFIRMED = "CONFIRMED", "Confirmed by the household"
        GOES_UP = "GOES_UP", "To go up to the door"
        UNDONE = "UNDONE", "Handover taken back"

    class Why(models.TextChoices):
        """Why an attempt failed."""

        NOBODY = "NOBODY", "Nobody came"
        REFUSED = "REFUSED", "Not wanted"
        NO_ENTRY = "NO_ENTRY", "No entry"
        WRONG_ADDRESS = "WRONG_ADDRESS", "Wrong address"
        DAMAGED = "DAMAGED", "Damaged"
        NO_TIME = "NO_TIME", "No time left"
        SHELF_FULL = "SHELF_FULL", "Shelf full"
        SEALED = "SEALED", "Sealed meanwhile"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="acts")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    why = models.CharField(max_length=16, choices=Why.choices, blank=True)
    mode = models.CharField(max_length=12, choices=Handover.choices, blank=True)
    turn = models.PositiveSmallIntegerField(default=0)
    from_party = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    to_party = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    at_device = models.DateTimeField()
    at = models.DateTimeField()
    by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=200)
    note = models.CharField(max_length=240, blank=True)
    sealed = models.TextField(
        blank=True, default=""
    )  # the note, under the key of its household's purpose; then not above
    batch = models.UUIDField(null=True)  # request id of the batch in the book that moved it
    seq = models.BigIntegerField(unique=True, editable=False, db_default=_next_act())

    class Meta:
        indexes = (
            models.Index(fields=("parcel", "at"), name="act_by_parcel"),
            models.Index(fields=("kind", "at_device", "seq"), name="act_by_day"),
        )
        constraints = (
            # Whatever else failed: nobody is handed the same parcel twice, unless it was taken back.
            models.UniqueConstraint("parcel", "turn", name="parcel_handed_over_once", condition=Q(kind="HANDED_OVER")),
            models.CheckConstraint(name="failed_says_why", condition=~Q(kind="FAILED") | ~Q(why="")),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.parcel_id}"
