"""What the journal's tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.apps.journal.ward import Ward


@pytest.fixture
def ward() -> Iterator[Ward]:
    from baogong.engine.sheets import kinds as registry
    from baogong.engine.sheets.kinds import ImportKind, register_kind

    kind = Ward()
    register_kind(ImportKind("ward", "病区", "wards", (), kind.classify, kind.apply))
    yield kind
    registry._kinds.pop("ward")
