"""What figures of a bulletin are called, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

Both = tuple[str, str]

MEASURES: Mapping[str, Both] = {
    "stood": ("零点在册", "stood at midnight"),
    "given": ("收到捐赠", "given"),
    "carried": ("收到代运", "taken in to carry"),
    "bought": ("采购到货", "bought"),
    "packed": ("分装进出", "into and out of packs"),
    "otherwise": ("盘点、借入、更正", "counted, lent in, put right"),
    "shipped": ("装车发出", "loaded on vehicles"),
    "arrived": ("到站卸车", "unloaded"),
    "handed_over": ("签收", "signed for"),
    "claimed": ("居民登记领取", "claimed"),
    "sold": ("已付款订单发货", "paid orders shipped"),
    "used": ("耗用", "used"),
    "returned": ("退回", "returned"),
    "lost": ("丢失", "lost"),
    "damaged": ("损坏", "damaged"),
    "aside": ("日终备着待发", "set aside at the day's end"),
    "on_hand": ("日终在库", "in stock at the day's end"),
    "on_the_way": ("日终在途", "on the way at the day's end"),
    "on_shelf": ("日终在架待取", "on shelves at the day's end"),
    "lent": ("日终借出", "lent at the day's end"),
    "promised": ("已承诺未交", "promised, still to be given"),
    "parcels.HANDED_OVER": ("包裹送达", "parcels handed over"),
    "parcels.ON_SHELF": ("包裹上架", "parcels put on shelves"),
    "parcels.FAILED": ("没送成", "tried in vain"),
    "parcels.RETURNED": ("带回站点", "back at the station"),
    "parcels.SENT_BACK": ("退回寄件方", "sent back"),
    "parcels.LOST": ("包裹丢失", "parcels lost"),
    "parcels.UNDONE": ("撤销签收", "handover taken back"),
}
SHEETS: Mapping[str, Both] = {
    "goods": ("物资", "Goods"),
    "money": ("资金", "Money"),
    "places": ("送到哪里", "Where it went"),
    "givers": ("谁捐的，到了哪一步", "Who gave, and how far it came"),
    "sites": ("各仓库", "Stock by warehouse"),
    "parcels": ("包裹", "Parcels"),
    "needs": ("需求与满足", "Asked and met"),
    "receivers": ("各接收方的需求", "Needs by receiver"),
    "late": ("晚点、原因与有风险的承诺", "Late, why, and promises at risk"),
    "running": ("何时用完", "Runs out when"),
    "staff": ("人员", "Staff"),
}
HEADS: Mapping[str, Both] = {
    "item": ("物资", "goods"),
    "place": ("地点", "place"),
    "city": ("城市", "city"),
    "giver": ("捐赠方", "giver"),
    "site": ("仓库", "warehouse"),
    "share": ("占该物资当日签收", "share of what was signed for"),
    "community": ("小区", "community"),
    "asked": ("需要", "asked"),
    "promised": ("已承诺", "promised"),
    "met": ("已签收", "signed for"),
    "how_far": ("满足", "met"),
    "receiver": ("接收方", "receiver"),
    "no_limit": ("不限量", "no limit"),
    "what": ("事项", "what"),
    "since": ("自", "since"),
    "grave": ("级别", "weight"),
    "free": ("未承诺", "promised to nobody"),
    "per_day": ("每日用量", "goes in a day"),
    "out_at": ("用完时间", "gone at"),
    "worked": ("当日上岗人数", "worked that day"),
    "hours": ("工时", "hours"),
    "here": ("此刻在岗", "there now"),
    "lapsed": ("证明已过期仍在岗", "there with a proof that ran out"),
}
SAID: Mapping[str, Both] = {
    "everywhere": ("合计", "altogether"),
    "rest": ("其余（数量太少不单列，或为个人）", "elsewhere (too few to be told apart, or persons)"),
    "rest_site": ("车上，或在个人手里", "on vehicles, or with persons"),
    "rest_giver": ("个人及未具名", "persons, and nobody named"),
    "grave": ("严重", "grave"),
    "gone": ("已用完", "gone"),
    "figures": ("数字", "Figures"),
    "PUBLIC": ("公众通报", "Public bulletin"),
    "SUPERIORS": ("上级通报", "Bulletin to superiors"),
    "as_drawn": ("以下按生成时的情况", "As it stood when the bulletin was drawn"),
    "version": ("第%s版", "version %s"),
    "why": ("更正说明", "What changed, and why"),
    "taken": ("生成时间", "Drawn at"),
    "hash": ("内容校验值", "Hash of what is published"),
    "not_whole": ("当日尚未结束，数字截至生成时", "The day was not over: figures up to when it was drawn"),
    "left_out": ("另有 %s 行未列出", "%s more rows are not listed"),
    "not_published": ("尚未发布", "Not published yet"),
}


def said(both: Both, is_chinese: bool) -> str:
    return both[0 if is_chinese else 1]
