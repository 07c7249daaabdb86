"""What this book is (real or a drill), and the clock it runs on: pages, API and jobs read it once and pass it down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from baogong.journal.models import BookMark, DrillStep, Event
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.clock import Clock, SetClock, SystemClock
from baogong.kernel.errors import BaogongError, Kind
from baogong.kernel.windows import midnight


class NotADrill(BaogongError):
    """A book that was opened for real work never becomes a drill, and its clock is the machine's."""

    kind, code = Kind.REFUSED, "journal.not-a-drill"


@dataclass(frozen=True, slots=True)
class BookMarkView:
    """`clock_at` None: the machine's clock; `contact`: how the public reaches the working group, "" where unsaid."""

    name: str
    is_drill: bool
    clock_at: datetime | None
    opened_at: datetime | None
    contact: str = ""

    @property
    def is_real_for_good(self) -> bool:
        """It was opened for real work: whoever has seen that need not ask for the clock again."""
        return self.opened_at is not None and not self.is_drill


def book_mark() -> BookMarkView:
    """A book nobody has named yet is a real one."""
    row = BookMark.objects.first()
    if row is None:
        return BookMarkView("", False, None, None)
    return BookMarkView(row.name, row.is_drill, row.clock_at, row.opened_at, row.contact)


def current_clock() -> Clock:
    """The drill's clock, which stands where it was set, or the machine's."""
    mark = book_mark()
    return SetClock(mark.clock_at) if mark.clock_at is not None else SystemClock()


@transaction.atomic
def name_book(*, name: str, now: datetime) -> None:
    """Open the book for real work under this name, or give it another."""
    BookMark.objects.update_or_create(id=1, defaults={"name": name}, create_defaults={"name": name, "opened_at": now})


def house_moment(at: datetime) -> str:
    """A moment as the house's own clock shows it: 2020-01-24 09:30."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def house_day(moment: datetime) -> date:
    """The calendar day of the house: what is good until a day ends at its midnight, not at that of UTC."""
    return timezone.localtime(moment, timezone.get_default_timezone()).date()


def house_midnight(of: date) -> datetime:
    """When a day of the house begins; of a moment, the midnight before it."""
    return midnight(house_day(of) if isinstance(of, datetime) else of, timezone.get_default_timezone())


@transaction.atomic
def set_contact(*, contact: str, actor: Actor, now: datetime) -> None:
    """How the public reaches the working group: its own telephone and address, never a person's."""
    actor.require(Duty.ADMIN, Duty.COMMAND)
    BookMark.objects.update_or_create(
        id=1,
        defaults={"contact": contact.strip()[:300]},
        create_defaults={"contact": contact.strip()[:300], "opened_at": now},
    )


@transaction.atomic
def mark_drill(*, name: str, at: datetime) -> None:
    """An empty book becomes a drill whose clock stands at `at`. Raises NotADrill where real work has begun."""
    mark = book_mark()
    if not mark.is_drill and (mark.opened_at is not None or Event.objects.exists()):
        raise NotADrill(
            "This book holds real work and cannot become a drill; nothing was changed.",
            where="book",
            found=mark.name,
            expected="an empty book",
            cure="Open a drill as a book of its own: `baogong scenario play` and `make demo` do.",
        )
    facts = {"name": name, "is_drill": True, "clock_at": at}
    BookMark.objects.update_or_create(id=1, defaults=facts, create_defaults=facts | {"opened_at": at})


@transaction.atomic
def tell_step(*, number: int, at: datetime, title: str) -> None:
    """A story's step begins: its clock is set, and the book remembers what was told. Told again it changes nothing. Raises NotADrill."""
    set_clock(at)
    DrillStep.objects.update_or_create(number=number, defaults={"at": at, "title": title[:300]})


@transaction.atomic
def set_clock(at: datetime | None) -> None:
    """Set a drill's clock; None lets it run with the machine's. Raises NotADrill."""
    if BookMark.objects.filter(id=1, is_drill=True).update(clock_at=at) != 1:
        raise not_a_drill()


def not_a_drill() -> NotADrill:
    return NotADrill(
        "The clock of a real book is the machine's and cannot be set; nothing was changed.",
        where="book",
        cure="Set clocks in a drill.",
    )
