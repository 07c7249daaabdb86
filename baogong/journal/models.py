"""
The journal's tables. What was said, signed and shown stays: the tables named in `baogong.journal.APPEND_ONLY_TABLES`
refuse UPDATE, DELETE and TRUNCATE (migration 0002), and the application's role has only SELECT and INSERT there.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id

DUTIES = [(duty.value, duty.value) for duty in Duty]


class BookMark(models.Model):
    """The one row that says what this book is: real or a drill, its name, a drill's clock."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=120, blank=True)
    is_drill = models.BooleanField(default=False)
    clock_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    contact = models.CharField(max_length=300, blank=True)  # how the public reaches the working group

    class Meta:
        constraints = (
            models.CheckConstraint(name="book_mark_only_one", condition=Q(id=1)),
            models.CheckConstraint(name="book_mark_real_clock", condition=Q(is_drill=True) | Q(clock_at=None)),
        )

    def __str__(self) -> str:
        return self.name


class DrillStep(models.Model):
    """A step of the story that was played into a drill, told as it began; `title` in two languages, "封城 · the seal"."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    at = models.DateTimeField()  # on the drill's clock
    title = models.CharField(max_length=300)

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Counter(models.Model):
    """The last number given to a document of a kind. Its row is locked until the document stands: no gaps."""

    kind = models.CharField(max_length=24, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.kind} {self.last}"


class Document(models.Model):
    """A paper with a number: what was decided or attested, by whom, about whom."""

    class State(models.TextChoices):
        WAITING = "WAITING", "Waits for signatures"
        SIGNED = "SIGNED", "In force"
        ALONE = "ALONE", "In force, second signature due"
        REFUSED = "REFUSED", "Refused"
        CANCELLED = "CANCELLED", "Cancelled"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=24)
    number = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=300)
    body = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices)
    signatures_required = models.PositiveSmallIntegerField()
    signers = models.JSONField()  # the duties that may sign it
    at = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")  # where the signer's duty holds
    beneficiary = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    drawn_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    drawn_by_name = models.CharField(max_length=200)
    drawn_at = models.DateTimeField()
    was_alone = models.BooleanField(default=False)
    second_due_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    ended_why = models.CharField(max_length=300, blank=True)
    request_id = models.UUIDField(unique=True)
    content_hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = (
            models.CheckConstraint(name="document_one_or_two", condition=Q(signatures_required__in=(1, 2))),
            models.CheckConstraint(
                name="document_alone_has_term", condition=Q(was_alone=False) | Q(second_due_at__isnull=False)
            ),
        )
        indexes = (
            models.Index(fields=("kind", "drawn_at"), name="document_by_kind"),
            models.Index(fields=("drawn_at", "id"), name="document_by_day"),
            models.Index(
                fields=("second_due_at",), name="document_unsigned", condition=Q(state__in=("WAITING", "ALONE"))
            ),
        )

    def __str__(self) -> str:
        return self.number


class DocumentSubject(models.Model):
    """Whom or what a document is about: parties, lots, plans."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="subjects")
    subject = models.UUIDField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint("document", "subject", name="document_subject_once"),)

    def __str__(self) -> str:
        return str(self.subject)


class Signature(models.Model):
    """One person's word under one document."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    document = models.ForeignKey(Document, models.PROTECT, related_name="signatures")
    person = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")  # null: the house itself
    name = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint("document", "person", name="signature_once_per_person"),)

    def __str__(self) -> str:
        return self.name


class Event(models.Model):
    """What happened: who, what, when, under which document. The order of `seq` is the order of writing."""

    seq = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=60)
    at = models.DateTimeField()  # on the book's clock
    written_at = models.DateTimeField(db_default=Now())  # on the machine's
    person = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=200)
    subject = models.UUIDField(null=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    request_id = models.UUIDField(null=True, db_index=True)
    data = models.JSONField()

    class Meta:
        indexes = (
            models.Index(fields=("at", "seq"), name="event_by_time"),
            models.Index(fields=("subject", "seq"), name="event_by_subject", condition=Q(subject__isnull=False)),
            models.Index(fields=("kind", "seq"), name="event_by_kind"),
        )

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class DoneRequest(models.Model):
    """One changing request that was carried out. A refused one leaves no row and may come again under its id."""

    request_id = models.UUIDField(primary_key=True, editable=False)
    content_hash = models.BinaryField(max_length=32)
    result = models.UUIDField(null=True)  # of what it made; null where the request named that already
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.request_id)


class Member(models.Model):
    """One of the working group, with the duty as the group words it."""

    party = models.OneToOneField("people.Party", models.PROTECT, primary_key=True, related_name="+")
    duty_text = models.CharField(max_length=200)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.duty_text


class Watch(models.Model):
    """Who of the working group is on duty from when to when: the shift change says who is next."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    member = models.ForeignKey(Member, models.PROTECT, related_name="watches")
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(name="watch_ends_after_start", condition=Q(end_at__gt=F("start_at"))),
            models.UniqueConstraint("member", "start_at", name="watch_once"),
        )

    def __str__(self) -> str:
        return f"{self.start_at:%m-%d %H:%M}"


class Task(models.Model):
    """
    Something the working group has to see to, and the document or outcome it ended in.

    place  whose it is: for whoever has the duty there; None: the whole group's
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    title = models.CharField(max_length=300)
    duty = models.CharField(max_length=16, choices=DUTIES)
    place = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    due_at = models.DateTimeField()
    subject = models.UUIDField(null=True)
    made_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=500, blank=True)
    request_id = models.UUIDField(unique=True)
    content_hash = models.BinaryField(max_length=32)

    class Meta:
        indexes = (models.Index(fields=("due_at", "id"), name="task_open", condition=Q(done_at=None)),)

    def __str__(self) -> str:
        return self.title


class Call(models.Model):
    """A telephone call: whom, what about, what came of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField()
    person = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=200)
    whom = models.CharField(max_length=200)
    about = models.CharField(max_length=500)
    outcome = models.CharField(max_length=500)
    task = models.ForeignKey(Task, models.PROTECT, null=True, related_name="calls")

    def __str__(self) -> str:
        return self.whom


class Evidence(models.Model):
    """
    What shows that a handover happened: a signature, a photo, a code, a witness, a note.

    sealed  text and name, under the key of the purpose whose people they are about; then both stand nowhere else, and the
            payload is sealed as well
    """

    class Kind(models.TextChoices):
        SIGNATURE = "SIGNATURE", "Signature"
        PHOTO = "PHOTO", "Photo"
        CODE = "CODE", "Code"
        WITNESS = "WITNESS", "Witness"
        NOTE = "NOTE", "Note"

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.CharField(max_length=500, blank=True)
    by_name = models.CharField(max_length=200, blank=True)
    payload = models.BinaryField(null=True)
    media_type = models.CharField(max_length=40, blank=True)
    sealed = models.TextField(blank=True, default="")
    sha256 = models.BinaryField(max_length=32)  # of payload, else of text; of what is sealed as it stands here
    at_device = models.DateTimeField(null=True)  # when the phone says it was
    at = models.DateTimeField()  # when the book heard of it
    person = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class EvidenceMovement(models.Model):
    """One piece of evidence covers every movement of its handover."""

    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="movements")
    movement = models.UUIDField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint("evidence", "movement", name="evidence_movement_once"),)

    def __str__(self) -> str:
        return str(self.movement)


class Outgoing(models.Model):
    """A message on its way out. Written with the act it tells of, delivered after; never lost, its id never changes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dedupe_key = models.CharField(max_length=120, unique=True)
    to_party = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    channel = models.CharField(max_length=16)
    template = models.CharField(max_length=60)
    payload = models.JSONField()
    made_at = models.DateTimeField()
    next_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=100, blank=True)
    sent_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)  # PAGE: closed by its reader

    class Meta:
        indexes = (
            models.Index(fields=("next_at", "id"), name="outgoing_waiting", condition=Q(sent_at=None)),
            models.Index(fields=("to_party", "sent_at"), name="outgoing_by_party"),
        )

    def __str__(self) -> str:
        return f"{self.channel} {self.template} {self.id}"


class Webhook(models.Model):
    """Another system that is told of events. Its secret is derived from the book's key, and kept nowhere."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request_id = models.UUIDField(unique=True, editable=False)
    url = models.URLField(max_length=400)
    kinds = ArrayField(models.CharField(max_length=60))
    with_words = models.BooleanField(default=False)  # the office's own system: it reads what people wrote, too
    note = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.url


class ImportRun(models.Model):
    """
    One reading of one file. The file itself is kept until its lines are written, its hash for ever.

    LAPSED: nobody wrote the lines in time, or the people they name were forgotten; what they told is gone.
    """

    class State(models.TextChoices):
        PREVIEWED = "PREVIEWED", "Previewed"
        APPLIED = "APPLIED", "Applied"
        LAPSED = "LAPSED", "Lapsed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=24)
    profile = models.CharField(max_length=60, blank=True)
    file_name = models.CharField(max_length=300)
    file_hash = models.BinaryField(max_length=32)
    file = models.BinaryField(null=True)  # to be read again when it is applied: the book may have moved on
    state = models.CharField(max_length=10, choices=State.choices)
    made_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    unread_columns = models.JSONField(default=list)  # headers of columns that hold something and were not read

    class Meta:
        indexes = (models.Index(fields=("kind", "file_hash"), name="import_same_file"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"


class ImportLine(models.Model):
    """What one line of a file came to; `outcome` is the whole of it as the reader of its kind said."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()
    where = models.CharField(max_length=120)
    status = models.CharField(max_length=10)
    outcome = models.JSONField()
    is_applied = models.BooleanField(default=False)  # what it says stands in the book
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint("run", "number", name="import_line_once"),)
        indexes = (models.Index(fields=("run", "number"), name="import_line_waiting", condition=Q(status="WAITING")),)

    def __str__(self) -> str:
        return f"{self.where} {self.status}"
