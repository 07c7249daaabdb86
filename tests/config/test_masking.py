"""No token of a private link reaches a log."""

from __future__ import annotations

import logging

import pytest

from baogong.config.masking import MaskPrivateLinks


@pytest.mark.parametrize("path", ["/giver/SECRETTOKEN/", "/first/SECRETTOKEN/", "/carrier/offer/SECRETTOKEN/"])
def test_the_token_of_a_private_link_is_masked(path: str) -> None:
    record = logging.LogRecord("django.security.csrf", 30, "", 1, "Forbidden (%s): %s", ("no cookie", path), None)
    assert MaskPrivateLinks().filter(record)
    assert "SECRETTOKEN" not in record.getMessage()
    assert path.rsplit("/", 2)[0] in record.getMessage()


def test_other_addresses_stay_as_they_are() -> None:
    record = logging.LogRecord("django.request", 40, "", 1, "Internal Server Error: %s", ("/command/needs/",), None)
    MaskPrivateLinks().filter(record)
    assert record.getMessage() == "Internal Server Error: /command/needs/"
