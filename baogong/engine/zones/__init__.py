"""Zone notices: which addresses a published list puts into which state, with every character accounted for."""

from baogong.engine.zones.reader import read_notice
from baogong.engine.zones.reading import Entry, Piece, PieceKind, Reading, Scope, State

__all__ = ["Entry", "Piece", "PieceKind", "Reading", "Scope", "State", "read_notice"]
