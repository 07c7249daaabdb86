"""Tickets for the live stream: a page signs one for who looks at it, the stream's process reads it; nothing is kept."""

from __future__ import annotations

from uuid import UUID

from django.core import signing

from baogong.kernel.errors import BaogongError, Kind

TICKET_S = 12 * 3600  # as long as a log-in
_SALT = "baogong.live"


class NoTicket(BaogongError):
    """The ticket is none of this house's, or too old."""

    kind, code = Kind.FORBIDDEN, "tower.no-ticket"


def ticket_for(person: UUID | None) -> str:
    return signing.dumps(str(person), salt=_SALT)


def refuse_without_ticket(ticket: str) -> None:
    """Raises NoTicket."""
    try:
        signing.loads(ticket, salt=_SALT, max_age=TICKET_S)
    except signing.BadSignature:  # one that is too old is another
        raise NoTicket(
            "This ticket does not open the stream; nothing is told.", cure="Load the page again: it brings a new one."
        ) from None
