"""Who acts, and the names the story calls things by."""

from __future__ import annotations

from baogong.journal import services as journal
from baogong.journal.clock import set_contact
from baogong.journal.queries import working_group
from baogong.kernel.actor import Duty
from baogong.ops.scenarios.logins import Cast
from baogong.ops.scenarios.stage import Stage

COMPANY, FOUNDATION = "东行商城", "东行公益基金会"
FARM, HUB, STORE = "通海集货仓", "淞南中转点", "昆山仓"
LONG_HAUL, LOCAL_CARRIER = "东行物流", "宝山同城配送队"
TOWN, DISTRICT, HOSPITAL = "淞南镇人民政府", "宝山区疫情防控办公室", "吴淞中心医院"
CLOSED = "宝山封控小区"
SONGNAN = ("淞南一村", "淞南五村", "淞南九村", "长江南路社区")
COMMUNITIES = (*SONGNAN, "宝林三村", "海滨二村", "乾溪新村", "共康五村", "菊泉新城", "逸仙二村")
COUNTED = ("淞南一村", "淞南五村", "共康五村", "海滨二村")  # by household; the others send a number
VOLUNTEERS = ("淞南志愿者服务队", "宝山青年突击队")

FIELD: Cast = {
    "duan": ("集货仓 段", ((Duty.KEEPER, (FARM,)),)),
    "qian": ("昆山仓 钱", ((Duty.KEEPER, (STORE,)),)),
    "bao": ("中转点 鲍", ((Duty.KEEPER, (HUB,)),)),
    "tao": ("长途司机 陶", ((Duty.DRIVER, (LONG_HAUL,)),)),
    "jin": ("短驳司机 金", ((Duty.DRIVER, (LOCAL_CARRIER,)),)),
    "sun": ("物流调度 孙", ((Duty.CARRIER, (LONG_HAUL,)),)),
    "zhou": ("配送队 周", ((Duty.CARRIER, (LOCAL_CARRIER,)),)),
}
GROUP = (
    ("lin", "总调度：定方案、派任务"),
    ("wu", "商城找菜组：联系合作社、录表"),
    ("zhao", "基金会：付款、复核"),
    ("sun", "物流组：找车"),
)
AT_THE_WHEEL = {LONG_HAUL: "tao", LOCAL_CARRIER: "jin"}
DISPATCHER = {LONG_HAUL: "sun", LOCAL_CARRIER: "zhou"}


def form_the_group(stage: Stage) -> None:
    actor = stage.actors["lin"]
    set_contact(contact="021-6500 0000（演练号码）支援组", actor=actor, now=stage.now)
    members = {member.party for member in working_group()}
    for login, duty_text in GROUP:
        person = stage.actors[login].person_id
        assert person is not None
        if person not in members:
            journal.join_working_group(party=person, duty_text=duty_text, actor=actor, now=stage.now)
