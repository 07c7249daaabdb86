"""Writes of the needs room."""

from baogong.needs.services.allotments import Promise, allot, undo_allotment
from baogong.needs.services.calls import end_call, next_call, nobody_answers, take_call
from baogong.needs.services.checks import check, check_all, verify
from baogong.needs.services.contacts import add_contact, end_contact, number_of
from baogong.needs.services.figures import preview_use, set_use
from baogong.needs.services.houses import keep_apart, merge_houses, take_apart_back, undo_merge
from baogong.needs.services.packs import ask_for_packs, end_pack_rule, set_pack_rule
from baogong.needs.services.proofs import Proof, ProofKind, add_proof
from baogong.needs.services.renewals import (
    RenewalLink,
    answer,
    answer_all,
    end_renewal_links,
    make_renewal_link,
    remind_before_stale,
    renew,
)
from baogong.needs.services.requests import Asked, ask, cancel, set_amount
from baogong.needs.services.ties import tie, untie

__all__ = [
    "Asked",
    "Promise",
    "Proof",
    "ProofKind",
    "RenewalLink",
    "add_contact",
    "add_proof",
    "allot",
    "answer",
    "answer_all",
    "ask",
    "ask_for_packs",
    "cancel",
    "check",
    "check_all",
    "end_call",
    "end_contact",
    "end_pack_rule",
    "end_renewal_links",
    "keep_apart",
    "make_renewal_link",
    "merge_houses",
    "next_call",
    "nobody_answers",
    "number_of",
    "preview_use",
    "remind_before_stale",
    "renew",
    "set_amount",
    "set_pack_rule",
    "set_use",
    "take_apart_back",
    "take_call",
    "tie",
    "undo_allotment",
    "undo_merge",
    "untie",
    "verify",
]
