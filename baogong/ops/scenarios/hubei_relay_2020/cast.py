"""Who acts. Each log-in has its duty at its own place; the drill's log-in page shows them."""

from __future__ import annotations

from baogong.journal import services as journal
from baogong.journal.clock import set_contact
from baogong.journal.queries import working_group
from baogong.kernel.actor import Duty
from baogong.ops.scenarios.logins import OFFICE, Cast, make_log_ins
from baogong.ops.scenarios.stage import Stage

OWN = ("廊坊仓", "鄂州仓", "成都仓", "嘉兴仓", "清远仓")
NORTH = ("天津伙伴仓", "新乡提货点")
HUB = "仙桃中转仓"

FIELD: Cast = {
    "qian": ("五仓保管 钱", ((Duty.KEEPER, (*OWN, *NORTH)),)),
    "bao": ("中转仓 鲍", ((Duty.KEEPER, (HUB,)),)),
    "tao": ("干线司机 陶", ((Duty.DRIVER, ("东行物流",)),)),
    "jin": ("武汉司机 金", ((Duty.DRIVER, ("华中卡车联盟",)),)),
    "sun": ("物流调度 孙", ((Duty.CARRIER, ("东行物流",)),)),
    "zhou": ("卡车联盟 周", ((Duty.CARRIER, ("华中卡车联盟",)),)),
}
GROUP = (
    ("lin", "总调度：定方案、派任务"),
    ("wu", "商城物资组：找货、录表"),
    ("zhao", "基金会：找捐赠、复核"),
    ("sun", "物流组：找车"),
)


def open_office(stage: Stage) -> None:
    """The office's log-ins; the field's come with their places."""
    make_log_ins(stage, OFFICE)


def open_field(stage: Stage) -> None:
    """Keepers, drivers and carriers, and the working group with its first tasks."""
    make_log_ins(stage, FIELD)
    actor = stage.actors["lin"]
    set_contact(contact="027-8500 0000（演练号码）物资组", actor=actor, now=stage.now)
    members = {member.party for member in working_group()}
    for login, duty_text in GROUP:
        person = stage.actors[login].person_id
        assert person is not None
        if person in members:
            continue  # joined before this play was interrupted
        journal.join_working_group(party=person, duty_text=duty_text, actor=actor, now=stage.now)
