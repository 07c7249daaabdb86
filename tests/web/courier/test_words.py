"""What the house answers a telephone has words on the courier's page and on the station's board, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import baogong
from baogong.delivery.models import SyncedAct
from baogong.delivery.services.sync import KINDS
from baogong.web.courier.words import in_both_languages

STATIC = Path(baogong.__path__[0]) / "web" / "static" / "courier"
SILENT = {"TAKEN", "KNOWN"}  # all went as the courier told it: there is nothing to read
# Refusals of one act of a telephone, by the last part of their code: what delivery raises where it writes one.
REFUSED = (
    *("already-handed-over", "with-somebody-else", "not-here", "handover-not-allowed", "in-person-never-on-a-shelf"),
    *("sealed-never-on-a-shelf", "not-this-shelf", "nothing-to-show", "parcel-not-there", "parcel-unusable"),
)
HAN = re.compile(r"[\u4e00-\u9fff]")


def to_read() -> set[str]:
    found = re.search(r"const TO_READ = \[([^\]]*)\]", (STATIC / "sync.js").read_text())
    assert found is not None
    return set(re.findall(r'"(\w+)"', found[1]))


def test_every_answer_but_a_plain_yes_is_kept_to_be_read() -> None:
    assert to_read() == set(SyncedAct.Answer.values) - SILENT


def test_no_sentence_has_the_houses_english_in_it_and_each_act_has_a_name() -> None:
    """A refusal without words of its own is told by its code; the house's own message is English whoever reads it."""
    for language, words in in_both_languages().items():
        assert not [key for key, text in words.items() if "%(message)s" in text], language
        assert all(words[f"kind-{kind}"] for kind in KINDS), language
    assert "error?.message" not in (STATIC / "screens.js").read_text()


@pytest.mark.parametrize("answer", sorted(set(SyncedAct.Answer.values) - SILENT))
def test_every_answer_to_be_read_has_words_of_its_own_in_both_languages(answer: str) -> None:
    keys = {"LATE": ("told-late", "told-late-nobody"), "UNFIT": ("told-unfit",)}.get(
        answer, tuple(f"refused-{code}" for code in REFUSED)
    )
    script = (STATIC / "screens.js").read_text()
    if answer in ("LATE", "UNFIT"):
        assert f'each.answer === "{answer}"' in script
    words = in_both_languages()
    for key in keys:
        assert key.startswith("refused-") or f'"{key}"' in script
        assert HAN.search(words["zh-hans"][key]), key
        assert not HAN.search(words["en"][key]), key
        assert "%(parcel)s" in words["en"][key]
