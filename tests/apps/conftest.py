"""What the rooms' tests share: the cast, in a book that is rolled back or in one of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from baogong.config.servers import EmbeddedBook
    from tests.books import Built
    from tests.cast import Cast


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Hashing slowly is for attackers, not for tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def cast(built: Built) -> Cast:
    """The cast in a book that is rolled back."""
    from tests.cast import make_cast

    return built(make_cast)


@pytest.fixture
def fresh_cast(fresh_book: str) -> Cast:
    """The cast in an empty book of its own, with real commits."""
    from tests.cast import make_cast

    return make_cast()


@pytest.fixture
def drop(book_server: EmbeddedBook, fresh_book: str) -> Callable[[str, str], None]:
    """Take away a constraint of this test's own book, or the index that keeps it: (table, constraint)."""

    def run(table: str, constraint: str) -> None:
        with book_server.connect(fresh_book, "owner") as owner:
            known = owner.execute("SELECT 1 FROM pg_constraint WHERE conname = %s", [constraint]).fetchone()
            owner.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}" if known else f"DROP INDEX {constraint}")

    return run
