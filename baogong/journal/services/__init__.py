"""
What others write through: documents, events, handovers, tasks, messages; imports in `services.imports`.

`draw_up`, `record`, `hand_over` and `put_out` join their caller's transaction and refuse to work outside one.
"""

from baogong.journal.services.documents import cancel, draw_up, refuse, sign, when_in_force
from baogong.journal.services.events import record, record_each, recorded
from baogong.journal.services.handovers import EvidenceIn, HandedOver, hand_over, hand_over_each, keep_evidence
from baogong.journal.services.outbox import close_notice, put_out, put_out_each, register_channel
from baogong.journal.services.tasks import (
    add_task,
    end_task,
    finish_task,
    give_task,
    join_working_group,
    leave_working_group,
    log_call,
    set_watch,
    take_task,
)

__all__ = [
    "EvidenceIn",
    "HandedOver",
    "add_task",
    "cancel",
    "close_notice",
    "draw_up",
    "end_task",
    "finish_task",
    "give_task",
    "hand_over",
    "hand_over_each",
    "join_working_group",
    "keep_evidence",
    "leave_working_group",
    "log_call",
    "put_out",
    "put_out_each",
    "record",
    "record_each",
    "recorded",
    "refuse",
    "register_channel",
    "set_watch",
    "sign",
    "take_task",
    "when_in_force",
]
