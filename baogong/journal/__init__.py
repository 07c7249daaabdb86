"""Documents and their signatures, tasks, events, evidence, imports, the outbox."""

from __future__ import annotations

# The application's role may read and add rows here, nothing else; triggers refuse the owner too.
APPEND_ONLY_TABLES: tuple[str, ...] = (
    "journal_documentsubject",
    "journal_signature",
    "journal_event",
    "journal_call",
    "journal_evidence",
    "journal_evidencemovement",
    "journal_donerequest",
)
# Rows here change and never go.
KEPT_TABLES: tuple[str, ...] = (
    "journal_document",
    "journal_task",
    "journal_outgoing",
    "journal_importrun",
    "journal_importline",
    "journal_member",
    "journal_watch",
    "journal_bookmark",
    "journal_drillstep",
    "journal_counter",
    "journal_webhook",
)
