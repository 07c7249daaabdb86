"""Log-ins of a story's people: each with its duty at its own place; the drill's log-in page shows them."""

from __future__ import annotations

from uuid import UUID

from baogong.kernel.actor import Duty
from baogong.ops.scenarios.stage import Stage
from baogong.people.queries.access import log_ins
from baogong.people.services import access

# log-in → (name, duties with the names of their places; no place: everywhere)
Cast = dict[str, tuple[str, tuple[tuple[Duty, tuple[str, ...]], ...]]]

# The desk at which every story is run.
OFFICE: Cast = {
    "admin": ("管理员 甄", ((Duty.ADMIN, ()),)),
    "lin": ("总调度 林", ((Duty.COMMAND, ()),)),
    "zhao": ("复核 赵", ((Duty.APPROVER, ()), (Duty.COMMAND, ()))),
    "wu": ("录入 吴", ((Duty.CLERK, ()),)),
    "he": ("审计 何", ((Duty.AUDITOR, ()),)),
}


def make_log_ins(stage: Stage, cast: Cast) -> None:
    """Those missing are made; all of them may act in the story from now on."""
    known = {login.username: login.id for login in log_ins(now=stage.now)}
    for username, (name, duties) in cast.items():
        if username not in known:
            held: list[tuple[Duty, UUID | None]] = []
            for duty, places in duties:
                held += [(duty, stage.party(place)) for place in places] or [(duty, None)]
            known[username] = access.make_login(
                name=name, username=username, password=access.DEMO_PASSWORD, duties=held, now=stage.now, is_demo=True
            )
        stage.actors[username] = access.actor_of(known[username], stage.now)
