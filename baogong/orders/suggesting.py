"""
A program of the operator's own that suggests what waiting lines may mean: the place of a language model. Off by default.

`BAOGONG_CHAIN_SUGGESTER` is its command line. It gets one JSON document on its standard input:

    {"version": 1, "pieces": [{"text": "…", "why": "remark", "why_en": "…", "why_zh": "…"}],
     "menu": [{"code": "A", "item": "…"}], "register": [{"building": "3", "unit": "1", "room": "502"}]}

and answers on its standard output with as many suggestions, in order, null where it has none:

    {"suggestions": ["…", null]}

What it says is shown to the person who decides, marked as a program's; it is no entry and changes none. Where it fails, is slow
or answers anything else, a log says so, without what was written, and the reading is as without it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shlex
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from baogong.engine.chain import SENTENCES, Menu

SETTING = "BAOGONG_CHAIN_SUGGESTER"
LIMIT_S = 20
CHARACTERS_MAX = 280
PIECES_MAX = 500
MARK = "程序建议："
"""Begins every suggestion that a program made."""
_OURS = ("BAOGONG_", "DATABASE_", "DJANGO_")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Program:
    """
    Asks the operator's program; `engine.chain.read` takes it as its suggester.

    words     reasons in both languages, where they are not the chain's own
    """

    command: str
    menu: Menu
    register: tuple[tuple[str, str, str], ...]
    words: Mapping[str, tuple[str, str]]
    limit_s: float = LIMIT_S

    def __call__(self, pieces: Sequence[tuple[str, str]]) -> list[str]:
        """(what stands there, why it waits) of each piece → its suggestion, marked; "" where there is none."""
        nothing = [""] * len(pieces)
        if not self.command or not pieces:
            return nothing
        asked = pieces[:PIECES_MAX]
        answer = self._answer(json.dumps(self._document(asked), ensure_ascii=False))
        if answer is None:
            return nothing
        try:
            said = json.loads(answer)["suggestions"]
            is_fit = isinstance(said, list) and len(said) == len(asked)
        except (ValueError, KeyError, TypeError, RecursionError):
            is_fit = False
        if not is_fit or not all(one is None or isinstance(one, str) for one in said):
            log.warning(
                "%s answered no JSON document with a suggestion or null for each of %d pieces", SETTING, len(asked)
            )
            return nothing
        return [_marked(one or "") for one in said] + nothing[len(asked) :]

    def _document(self, pieces: Sequence[tuple[str, str]]) -> dict[str, object]:
        said = [(text, why, self.words.get(why, ("", ""))) for text, why in pieces]
        return {
            "version": 1,
            "pieces": [{"text": text, "why": why, "why_en": en, "why_zh": zh} for text, why, (en, zh) in said],
            "menu": [{"code": dish.code, "item": dish.item} for dish in self.menu.dishes],
            "register": [{"building": house, "unit": stair, "room": door} for house, stair, door in self.register],
        }

    def _answer(self, document: str) -> str | None:
        """What it printed; None where it could not be started, was slow, or ended with a fault."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        try:
            process = subprocess.Popen(
                shlex.split(self.command),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=environment, start_new_session=True, encoding="utf-8",
            )  # fmt: skip
        except (OSError, ValueError) as fault:
            log.warning("%s could not be started: %s", SETTING, fault)
            return None
        with process:
            try:
                answer, _ = process.communicate(document, timeout=self.limit_s)
            except subprocess.TimeoutExpired:
                log.warning("%s took longer than %s s and was stopped", SETTING, self.limit_s)
                answer = None
            except (OSError, UnicodeDecodeError) as fault:
                log.warning("%s could not be read: %s", SETTING, type(fault).__name__)
                answer = None
            finally:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)  # whatever it started itself
        if answer is not None and process.returncode:
            log.warning("%s ended with code %d", SETTING, process.returncode)
            return None
        return answer


def program(command: str, menu: Menu, register: Iterable[tuple[str, str, str]]) -> Program | None:
    """None where no program is set."""
    return Program(command, menu, tuple(register), SENTENCES) if command.strip() else None


def said_by_program(suggestion: str) -> str:
    """What a program suggested, without the mark; "" where the suggestion is the house's own."""
    return suggestion.removeprefix(MARK) if suggestion.startswith(MARK) else ""


def _marked(said: str) -> str:
    """On one line, without signs that nobody sees."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in said).split())[:CHARACTERS_MAX]
    return f"{MARK}{line}" if line else ""
