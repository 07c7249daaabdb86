"""The same request twice has one effect; the journal's way, as the rooms of supply call it."""

from baogong.journal.requests import content_of, made_before

__all__ = ["content_of", "made_before"]
