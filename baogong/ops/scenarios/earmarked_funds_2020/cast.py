"""Who acts, and the names the story calls things by."""

from __future__ import annotations

from baogong.kernel.actor import Duty
from baogong.ops.scenarios.logins import Cast

COMPANY, TRUSTEE, CARRIER = "东行商城", "武汉市慈善总会", "华中卡车联盟"
JINYINTAN, ZHONGNAN, RENMIN = "武汉市金银潭医院", "武汉大学中南医院", "武汉大学人民医院"
TONGJI, UNION = "华中科技大学同济医学院附属同济医院", "华中科技大学同济医学院附属协和医院"
HOSPITALS = (JINYINTAN, TONGJI, UNION, RENMIN, ZHONGNAN)
STORE, OWN_STORE = "慈善总会物资仓", "商城武汉仓"

FIELD: Cast = {
    "qian": ("保管 钱", ((Duty.KEEPER, (STORE, OWN_STORE)),)),
    "jin": ("司机 金", ((Duty.DRIVER, (CARRIER,)),)),
    "zhou": ("卡车联盟 周", ((Duty.CARRIER, (CARRIER,)),)),
}
