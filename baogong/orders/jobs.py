"""Background entry points of orders."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from baogong.journal.clock import current_clock
from baogong.orders.services.suggestions import suggest_for


@app.task(name="orders.suggest")
def suggest(paste: str) -> None:
    """Ask the operator's program about the lines of a paste that wait. Nobody waits for it."""
    suggest_for(paste=UUID(paste), now=current_clock().now())
