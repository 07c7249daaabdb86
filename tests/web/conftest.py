"""What the pages' tests share: quick passwords, and the small relay in a drill whose clock can be set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.books import Built
    from tests.web.visits import Story


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Hashing slowly is for attackers, not for tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def story(built: Built) -> Story:
    from tests.web.visits import make_story

    return built(make_story)
