"""Columns that several of this room's lists share."""

from __future__ import annotations

from baogong.engine.sheets.profiles import Column

SITE = Column(
    "site", "仓库", "warehouse", is_required=True, help_zh="站点登记里的名称", help_en="as in the register of sites"
)
ITEM = Column("item", "物资名称", "item", is_required=True)
AMOUNT = Column("amount", "数量", "amount", is_required=True, also=("承诺数量", "捐赠数量"))
UNIT = Column("unit", "单位", "unit")
SPEC = Column("spec", "规格", "spec", help_zh="例：2000只/件", help_en="for example 2000 pieces a carton: 2000只/件")
STANDARD = Column("standard", "执行标准", "standard")
EXPIRY = Column(
    "expires_on", "效期", "expiry", also=("有效期", "有效期至", "失效日期", "expires", "expires on", "best before")
)
CARTON = Column("pieces_per_carton", "每箱数", "pieces per carton")
CARTONS = Column("cartons", "箱数", "cartons", also=("总箱数", "合计箱数", "carton count", "ctns"))
NOTE = Column("note", "备注", "note")
EARMARK = Column(
    "receiver",
    "定向单位",
    "earmarked for",
    also=("定向", "指定接收单位", "受赠单位", "受赠方", "受捐单位", "定向接收单位", "earmark"),
)
PAPERS = Column("papers", "证明文件", "papers", also=("检测报告", "资质", "单据", "certificates"))
GOODS = (ITEM, AMOUNT, UNIT, SPEC, STANDARD, EXPIRY, CARTON)
