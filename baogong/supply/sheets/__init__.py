"""
Reading one line about goods: which item, how many base units, whose, meeting which standard; and what a person must say.

Used by the import kinds of this room and of the rooms above. A line that cannot be read raises; a line that can be read
in more than one way collects questions, and becomes a waiting line.
"""

from baogong.supply.sheets.lines import Line, Question, counted_again, refuse_money, settled
from baogong.supply.sheets.reader import Reader

__all__ = ["Line", "Question", "Reader", "counted_again", "refuse_money", "settled"]
