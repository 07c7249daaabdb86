"""
What the rooms say of input they cannot use, in Chinese.

A refusal of the kind `kernel.unusable-input` has no sentence of its own: its English one says what is wrong. Each of
those has its Chinese here, with what to do; a hole `{name}` stands for the same fact in both.
"""

from __future__ import annotations

import re
from functools import cache

AGAIN = "改正后重新提交。"
RELOAD = "刷新页面后再试。"
# English as a room says it → Chinese, what to do
MESSAGES: dict[str, tuple[str, str]] = {
    "An alert is closed with a reason, and this is none. It stays open.": ("关闭警报要写明理由，最多 300 字。警报仍然开着。", "写明是怎么处理的。"),
    "An alert waits for somebody between a minute and a day. Nothing was changed.": ("警报等人认领的时间在一分钟到一天之间。未作改动。", "选一个一分钟到一天之间的时间。"),
    "A bulletin tells of a day that has begun; {day} has not. Nothing was drawn.": ("通报只写已经开始的一天，{day} 还没有开始。没有生成。", "选今天或更早的一天。"),
    "Version {version} of this bulletin is published; another says what changed, and why. Nothing was drawn.": ("这份通报的第 {version} 版已经发布；再出一版要写明改了什么、为什么。没有生成。", "用一句话写明改了什么、为什么。"),
    "The words are there in one language only. Nothing was changed.": ("只写了一种语言。未作改动。", "补上另一种语言，或两种都留空。"),
    "The words hold a long number, such as a telephone's or an identity document's. Everyone reads this; nothing was kept.": ("文字里有一长串数字，像电话或证件号；这是给公众看的，没有保存。", "去掉这串数字。"),
    "The words have {found} characters, {most} are read. Nothing was kept.": ("文字有 {found} 字，最多 {most} 字，没有保存。", "写短一些。"),
    "“{text}” are no readers of a bulletin. Nothing was drawn.": ("通报没有“{text}”这种读者，没有生成。", "写明给公众还是报上级。"),
    "That is no telephone number a text could be sent to; nothing was kept.": ("这不是能收短信的号码，没有留下。", "重新输入号码。"),
    "A claim names people by tags of 32 bytes, a region by its code, a known channel and a number of units. Nothing was admitted.": ("领取要有本人的标识、地区代码、渠道和数量。没有办理。", AGAIN),
    "At most {most} claims come at once; these are {count}. Nothing was admitted.": ("一次最多办理 {most} 笔领取，这次有 {count} 笔，没有办理。", "分几次提交。"),
    "“{kinds}” does not say whose kinds of parcels hold. Nothing was opened.": ("“{kinds}”没有说明以哪边的件类为准，没有开设。", "选定以模板为准，还是以这里为准。"),
    "A courier carries at least one piece and one gram, and a drop point serves somebody. Nothing was planned.": ("一趟至少带一件、一克，集中停车点至少服务一单。没有计划。", AGAIN),
    "A cart carries at least one gram and one piece. Nothing was planned.": ("一辆车至少装一克、一件。没有计划。", AGAIN),
    "Help begins within the hours of the plan that it changes. Nothing was planned.": ("帮忙要在所改计划的时段之内开始。没有计划。", AGAIN),
    "The cart arrives in the slot of {own}; another one was named. Nothing was planned.": ("这辆车按到达时间落在 {own} 这一档，写的是另一档。没有计划。", AGAIN),
    "It is said why a handover is taken back. Nothing was changed.": ("撤回交付要写明理由。未作改动。", "用几个字写明。"),
    "{left} of this tranche are still to come in, and it is said with what they were disinfected. Nothing was written.": ("这一批还有 {left} 件待入，入库时要写明用什么消毒。没有写入。", "重新清点，写明用了什么。"),
    "A share is split into at least one parcel, each of one unit or more. Nothing was changed.": ("配给至少拆成一件包裹，每件至少一份。未作改动。", AGAIN),
    "A shift ends after it begins, within 36 hours, and is not over yet. No telephone was set up.": ("班次的结束要晚于开始，不超过 36 小时，且尚未结束。没有登记手机。", AGAIN),
    "A trip leads from one station to another and takes some time. Nothing was planned.": ("接驳要从一个站点到另一个站点，到达晚于出发。没有计划。", AGAIN),
    "Carts’ trips are planned for some hours, a day at most, with at least one cart, each once. Nothing was planned.": ("接驳按小时安排，最多一天，至少一辆车，每辆只写一次。没有计划。", AGAIN),
    "It must be said what was disinfected, with what, and for parcels which ones. Nothing was kept.": ("消毒要写明对象和所用的消毒方法；包裹要扫明是哪些。没有登记。", AGAIN),
    "A rehearsal is of some hours, 31 days at most, played 1 to {most} times. Nothing was rehearsed.": ("预演至少一些时间，最多 31 天，演 1 到 {most} 夜。没有预演。", "改正时间或夜数后重新提交。"),
    "Rounds are planned for some hours, a day at most. Nothing was planned.": ("派送按小时计划，最多一天。没有计划。", AGAIN),
    "{count} acts at once are too many; nothing was written.": ("一次传来 {count} 条，太多了。没有写入。", "分几次上传。"),
    "{count} scans at once are too many; nothing was done.": ("一次扫了 {count} 件，太多了。什么都没有办。", "分几次提交。"),
    "A batch has 1 to {most} lines; this one has {count}. Nothing was posted.": ("一次最多入账 {most} 笔，这次有 {count} 笔，没有入账。", "分几次提交。"),
    "A bill has a number and names lines of {number}, each once, with an amount above 0. Nothing was entered.": ("发票要有号码，并写明 {number} 的各行，每行一次，数量大于 0。没有登记。", AGAIN),
    "A carton holds at least one unit, and each unit costs at least a fen. Nothing was written.": ("每箱至少一件，每件至少一分钱。没有写入。", AGAIN),
    "A contact is a telephone number with the function it belongs to; nothing was kept.": ("联系方式要有电话号码和它是哪个部门的。没有登记。", "写数字；有分机的在 x 后面写分机号。"),
    "A conversion takes some amount of at least one lot in and gives some of at least one out.": ("拼包至少要用一批料，至少装出一批成品。没有入账。", AGAIN),
    "A convoy must end after it begins: {start} to {end}.": ("车队计划的结束要晚于开始：{start} 至 {end}。", "改正结束时间。"),
    "A correction needs an amount above 0 and the words of the notice. Nothing was changed.": ("更正要写明大于 0 的数量和公告原文。未作改动。", AGAIN),
    "A document takes one signature or two, and only one of two can be signed alone. Nothing was drawn up.": ("单据要一个或两个签字；只有要两个签字的才能先由一人签。没有开出。", AGAIN),
    "A doubt is settled by choosing one of at least two figures and saying why.": ("请从两个以上的数字中选定一个，并写明理由。", AGAIN),
    "A freeze needs a scope.": ("锁库要写明范围：仓库、物品或货主。", AGAIN),
    "A freeze states its basis and its reason.": ("锁库要写明依据和理由。", AGAIN),
    "A gift of money names at least one amount above 0 fen. Nothing was registered.": ("捐款至少要有一笔大于 0 的金额。没有登记。", AGAIN),
    "A household has a code for its door and at least one person; nothing was kept.": ("住户要有门牌编号，至少一人。没有登记。", AGAIN),
    "A loan has a borrower, a purpose, hands that take it, and a day to come back. Nothing was lent.": ("出借要写明借给谁、做什么用、谁来取、何时归还。没有借出。", "补全后重新提交。"),
    "A need is for one day or more; urgency is 1 to 4.": ("需求至少一天；紧急程度为 1 至 4。", AGAIN),
    "A note has some words, and not too many. Nothing was written.": ("感谢信要有文字，也不能太长。没有写入。", AGAIN),
    "A party cannot be merged with itself.": ("不能与自己合并。", "选另一个。"),
    "A party is not two.": ("同一主体不能判定为两家。", "选另一个。"),
    "A pass must end after it begins: {start} to {end}.": ("通行证的截止要晚于开始：{start} 至 {end}。", "改正截止时间。"),
    "A plan to buy names its buyer, and may name needs, items, offers and funds.": ("采购方案要写明买方；需求、物品、报价和资金可选。", AGAIN),
    "A promise needs an amount above 0 and a reason.": ("配给要写明大于 0 的数量和理由。", AGAIN),
    "A published number says where it is printed, or anybody could have invented it. Nothing was kept.": ("公布的号码要写明登在哪里，否则谁都可以编造。没有登记。", "到对方自己的网页上查；或登记为提出人本人的号码。"),
    "A refund names lines of {number}, amounts of money above 0 and why. Nothing was changed.": ("退款要写明 {number} 的哪些行、大于 0 的金额和理由。未作改动。", AGAIN),
    "A run makes at least one pack.": ("一批至少装一包。", AGAIN),
    "A share knows no {name}.": ("分配没有“{name}”这项设置。", RELOAD),
    "A statement counts packs of a kit with a weight, and each cause weighs something. Nothing was written.": ("对账要写明有标准重量的套餐和包数，每个原因都要写重量。没有写入。", AGAIN),
    "A stock sheet needs at least one line, and amounts of 0 or more.": ("盘点至少一行，数量不小于 0。", AGAIN),
    "A subscription names kinds of event. Nothing was written.": ("订阅要选明哪些事件。没有写入。", AGAIN),
    "A truck cannot be expected in the past: {at}.": ("预计到达时间不能在过去：{at}。", "改为将来的时间。"),
    "This slip is dated on a day that has not come. Nothing was written.": ("磅单上的日期还没到。没有写入。", "核对年份和日期，改正后重新提交。"),
    "Taking an arrival back needs a reason.": ("撤回到达要写明怎么知道车没到。没有改动。", AGAIN),
    "A truck is weighed full and empty, full it weighs more, and somebody read the scale. Nothing was written.": ("过磅要写重车和空车重量，重车要大于空车，并写明谁读的秤。没有写入。", AGAIN),
    "A use belongs to a group and says where it comes from. Nothing was changed.": ("用量要写明属于哪类用途，并写明出处。未作改动。", AGAIN),
    "A use is above 0, for 1 to 366 days.": ("用量要大于 0，天数为 1 至 366。", AGAIN),
    "A watch must end after it starts; nothing was set.": ("值班的结束要晚于开始。没有设定。", "改正结束时间。"),
    "An offer names its terms and at least one item with an amount above 0.": ("登记要写明性质，至少一种物品，数量大于 0。", AGAIN),
    "An order has at least one line. Nothing was ordered.": ("采购单至少一行。没有下单。", AGAIN),
    "An order is for at least one.": ("订单数量至少为 1。", AGAIN),
    "An order names offers of its supplier, at least a carton of each. Nothing was ordered.": ("采购单要选同一供应商的报价，每种至少一箱。没有下单。", AGAIN),
    "At least one has to be moved.": ("至少要移动一件。", AGAIN),
    "Each thing has a serial number of its own, and is counted in pieces. Nothing was written.": ("每件要有自己的编号，各不相同，并按“个”计数。没有写入。", "照实物再读一遍编号，每行一个。"),
    "Goods carried for someone stay that party's own; the owner cannot be another.": ("代运的货物仍归托运方，货主不能是别人。", AGAIN),
    "Letting a truck go early needs a reason.": ("提前放行要写明理由。", "写明理由。"),
    "Line {no} of {number} did not come with this delivery. Nothing was changed.": ("{number} 的第 {no} 行不在这次到货之内。未作改动。", "选这次到货的行。"),
    "Line {no} of {number} has {amount}; {behind} cannot be left behind.": ("运单 {number} 第 {no} 行有 {amount}，不能留下 {behind}。没有装车。", "改正留下的数量，最多 {amount}。"),
    "Name lines of {number} that came, each once. Nothing was changed.": ("请写明 {number} 到了哪些行，每行一次。未作改动。", AGAIN),
    "Nobody has said how these are boxed: {items}; no plan was made.": ("还没有这些物品的箱规：{items}。没有做方案。", "在物品目录中补上箱规。"),
    "Nobody has said where to meet {names}; no plan was made.": ("还没有 {names} 的收货地点。没有做方案。", "登记收货地点后再计划。"),
    "Nothing can have been asked for on a day that has not come. Nothing was written.": ("提出时间不能在将来。没有写入。", "核对年份和日期。"),
    "Of line {line} {amount} can arrive; short, damaged and refused add up to more.": ("运单 {line} 行最多到货 {amount}，填写的短少、破损、拒收相加超过了。未作改动。", "改正数量：三项相加最多 {amount}。"),
    "One loan is of one lender's things. Nothing was lent.": ("一次出借只能是同一出借方的物件。没有借出。", "按出借方分开办。"),
    "Say how much is to be used otherwise, and why. Nothing was changed.": ("请写明多少改作他用和理由。未作改动。", AGAIN),
    "Say how they were lost. Nothing was changed.": ("请写明是怎样丢失的。未作改动。", "写明经过。"),
    "Say how you know that the two are one. Nothing was changed.": ("请写明凭什么认定两者是一家。未作改动。", "写明依据。"),
    "Say of at least one item how much went into no pack, and why. Nothing was changed.": ("请至少写一种料：多少没有装包，为什么。未作改动。", AGAIN),
    "Say what happened to these parcels, and who has seen or taken them. Nothing was changed.": ("请写明这些包裹怎么了，以及谁见过或带走了。未作改动。", AGAIN),
    "Say until when, and why. Nothing was changed.": ("请写明延到何时和理由。未作改动。", AGAIN),
    "Say what was found. Nothing was changed.": ("请写明发现了什么。未作改动。", "写明情况。"),
    "Say which lines are called off, how much of each, and why. Nothing was changed.": ("请写明取消哪些行、各多少和理由。未作改动。", AGAIN),
    "Say who brought them back, and in which state they are. Nothing was changed.": ("请写明谁送回来的、东西的状况。未作改动。", AGAIN),
    "Say who set them up, and where. Nothing was changed.": ("请写明谁安装的、装在哪里。未作改动。", AGAIN),
    "Say who takes them home. Nothing was changed.": ("请写明谁把东西带回出借方。未作改动。", AGAIN),
    "Say why it cannot be carried: the consignor reads it. Nothing was changed.": ("请写明为什么不能代运，托运方会读到。未作改动。", "写明理由。"),
    "Say why it is taken back. Nothing was changed.": ("请写明为什么撤回。未作改动。", "写明理由。"),
    "Say why the line is not taken as given.": ("请写明为什么不按原样接收这一行。", "写明理由。"),
    "Say why the need ends.": ("请写明这条需求为什么结束。", "写明理由。"),
    "Say why the note is taken off. Nothing was changed.": ("请写明为什么撤下感谢信。未作改动。", "写明理由。"),
    "Say why the offer ends. Nothing was changed.": ("请写明报价为什么结束。未作改动。", "写明理由。"),
    "Say why the two are two after all. Nothing was changed.": ("请写明为什么又是两家。未作改动。", "写明依据。"),
    "Some packs were weighed, not more than they stand for, and somebody read the scale. Nothing was written.": ("至少称一包，称的包数不能多于它们代表的包数，并写明谁读的秤。没有写入。", AGAIN),
    "The answer cannot be used: {faults}.": ("这份答复无法使用：{faults}。", AGAIN),
    "The answer to {number} is not complete: {faults}. Nothing was changed.": ("对 {number} 的答复不完整：{faults}。未作改动。", "每行答复一次：接下，或写明为什么不接。"),
    "The consolidation cannot be planned: {faults}.": ("无法做集货计划：{faults}。", "更正所列各项后再计划。"),
    "The differences cannot be used: {faults}. Nothing was changed.": ("填写的差数无法使用：{faults}。未作改动。", "逐行核对后重新提交。"),
    "The freight rule cannot be used: {faults}.": ("运输规则无法使用：{faults}。", "更正规则。"),
    "The loss on {number} cannot be reported: {faults}. Nothing was changed.": ("运单 {number} 的丢损无法登记：{faults}。未作改动。", "改正后重新提交。"),
    "The need is another receiver's.": ("这条需求是另一个受援方的。", "从列表中重新选择。"),
    "The need is for another item.": ("这条需求要的是另一种物品。", "从列表中重新选择。"),
    "The offer has ended already. Nothing was written.": ("报价的有效期已过。没有写入。", "改正有效期。"),
    "The offer “{name}” makes no sense: {weight} g, {volume} cm³, counts, prices and times {others}.": ("运力“{name}”不合理：载重 {weight} 克、容积 {volume} 立方厘米，数量、价格和时间为 {others}。", "改正后重新提交。"),
    "The request cannot be read: {faults}. Nothing was sent.": ("代运请求看不明白：{faults}。没有送出。", "补全后重新提交。"),
    "The time until delivery is between 0 days and a year. Nothing was written.": ("交货期为 0 天至一年。没有写入。", AGAIN),
    "There is at least one carton, and the smallest order is not above what there is. Nothing was written.": ("至少有一箱，起订量不能大于现有数量。没有写入。", AGAIN),
    "There is no such proof in the book. Nothing was written.": (
        "账本里没有这份证明，没有写入。",
        "先不附证明登记，再为这条需求添加证明。",
    ),
    "There is no way out called {name}; the message was not written.": ("没有“{name}”这种发送方式，消息没有写出。", RELOAD),
    "These places are not on the map: {names}; no plan was made.": ("这些地点还没有坐标：{names}。没有做方案。", "登记坐标，或写明线路长度。"),
    "This is no answer.": ("这不是可选的答复。", RELOAD),
    "This is no way to verify a need; nothing was changed.": ("需求不能这样核实。未作改动。", RELOAD),
    "This kit has no weight to compare with. Nothing was written.": ("这个套餐没有标准重量，无从比较。没有写入。", "先写明套餐的整包重量。"),
    "This surplus was settled as “{decision}”; nothing was changed.": ("这笔多出已经定为“{decision}”。未作改动。", RELOAD),
    "Two different needs are the same, part and whole, or two. Nothing was changed.": ("要选两条不同的需求，判定为同一条、其中一部分，或两条。未作改动。", AGAIN),
    "Urgency is 1 (extreme) to 4 (minor), the use medical or community.": ("紧急程度为 1（特急）至 4（不急），用途为医用或社区。", AGAIN),
    "Write the name; nothing was kept.": ("请写姓名。没有登记。", "写姓名。"),
    "{number} has no line {no}.": ("{number} 没有第 {no} 行。", RELOAD),
    "{number} has nothing to receive that way. Nothing was changed.": ("{number} 没有可以这样收的款。未作改动。", RELOAD),
    "“{decision}” settles nothing.": ("“{decision}”不是可选的决定。", RELOAD),
    "“{title}” cannot end in nothing; it stays open.": ("“{title}”要写明结果才能结束，现在仍未结束。", "写明结果。"),
}  # fmt: skip
# The parts of a list of faults, each on its own.
FAULTS: dict[str, str] = {
    "units: above zero": "数量大于 0",
    "on: a day that is not over": "投放日期还没有过（到截止时间为止）",
    "on: within a year": "投放日期在一年之内",
    "lot: of the release's item": "批次是这次投放的物品",
    "region: the code of a district, as 511602": "地区代码是数字，例如 511602",
    "region: one of the rule's": "地区在规则所列的范围内",
    "shops: each one registered": "商店都已登记",
    "variant: none": "不写品种",
    "variant: {names}": "品种是规则所列的（{names}）",
    "each line that lost something is named once": "丢损的每行只写一次",
    "of line {no} {aboard} are aboard and {lost} cannot be lost": "第 {no} 行车上有 {aboard}，不能丢 {lost}",
    "the place and what happened are not said": "没有写明地点和经过",
    "line {id} is not on this waybill": "有一行不在这张运单上",
    "line {id} is named twice": "有一行写了两次",
    "line {no} has no answer": "第 {no} 行没有答复",
    "line {id} has {what} {amount}": "{what} {amount}",
    "terms belong to a counter, and a counter has terms": "还价才写条件，还价也必须写条件",
    "“{answer}” is no answer": "“{answer}”不是可选的答复",
    "{kind} is no vehicle kind of this carrier": "有一种车不是这个承运方的",
    "{name} {value} is no moment with a time zone": "可用时间读不懂",
    "an id occurs twice": "有一项写了两次",
    "line {no}: {what} not said": "第 {no} 行没有写明{what}",
    "line {no}: “{text}” says no number above 0": "第 {no} 行“{text}”看不出大于 0 的数量",
    "line {no}: too long": "第 {no} 行太长",
    "{count} lines": "共 {count} 行",
    "line {no} is answered twice": "第 {no} 行答复了两次",
    "there is no line {no}": "没有第 {no} 行",
    "line {no} takes {amount}": "第 {no} 行接下 {amount}",
    "line {no} is left without a reason": "第 {no} 行不接，没有写理由",
    "no line is taken: refuse the request instead": "一行也没有接：请改为拒绝整份请求",
    # shops, their days and their orders
    "{field}: 1 to {n} characters": "{field}：1 至 {n} 个字",
    "{field}: at most {n} characters": "{field}：最多 {n} 个字",
    "from_at: before its end, which is to come": "开始时间：早于结束时间，并且还没有结束",
    "packs: 1 to {n}, each once": "货品：1 至 {n} 种，每种一次",
    "packs: of this shop, and still sold": "货品：本店还在卖的",
    "stock: 0 to {n}": "库存：0 至 {n}",
    "price: from 0": "价格：从 0 起",
    "to one household: 1 to {n}": "每户最多：1 至 {n} 份",
    "cut_off: after the opening, in the days to come": "截单时间：晚于开始接单，在今后 60 天以内",
    "slots: 1 to {n}, each ending after it begins": "送货时段：1 至 {n} 个，结束都晚于开始",
    "on: from the day of the cut-off to the day of the last slot": "日期：从截单那天到最后一个送货时段那天",
    "slots: from the cut-off on": "送货时段：从截单以后开始",
    "slots: one after the other": "送货时段：一个接一个，不能重叠",
    "riders: 0 to {n}": "骑手：0 至 {n} 名",
    "packs_max: from 0": "当天上限：从 0 起",
    "packs: at most {n} sorts, each named once, and one or more of it": "货品：最多 {n} 种，每种一次，每种至少一份",
    "packs: of this day’s page": "货品：这一天页面上有的",
    "instead: another pack": "缺货时换的：要是另一种",
    "slot: of this day": "送达时间：这一天的时段",
    "address: building, unit and room, at most {n} characters": "地址：楼号、单元、房号，最多 {n} 个字",
    "name: another than {name}, which is there": "名称：已经有“{name}”，请换一个",
    "sort: {codes}": "类别：页面上可选的一种",
    "trade: {codes}": "经营类型：页面上可选的一种",
    "weight: {least} to {n} g": "重量：{least} 至 {n} 克",
    "why: 1 to {n} characters, as licence seen, kitchen visited": "理由：1 至 {n} 个字，如看过执照、看过厨房",
    "communities: 1 to {n} it brings to": "送到的小区：1 至 {n} 个",
    "point: both numbers or none": "经纬度：两个数都写，或都不写",
    "{n} to {m} digits": "{n} 至 {m} 位数字",
}
NAMES = {
    "title": "标题",
    "teacher": "讲课人",
    "where": "地点",
    "name": "名称",
    "about": "介绍",
    "holds": "里面有什么",
    "goods": "物资",
    "quantity": "数量",
    "receiver": "接收单位",
    "left": "留下",
    "short": "短少",
    "damaged": "破损",
    "refused": "拒收",
    "surplus": "多出",
}
_HOLE = re.compile(r"\\\{(\w+)\\\}")


def in_chinese(message: str) -> tuple[str, str] | None:
    """What was found and what to do, in Chinese; None where nobody has written it."""
    for pattern, said, cure in _patterns():
        if found := pattern.fullmatch(message):
            facts = {name: _fault(text) for name, text in found.groupdict().items()}
            return said.format_map(facts), cure.format_map(facts)
    return None


def faults_in_chinese(text: str) -> str:
    """A fact that is a list of what `FAULTS` knows, each part of it; any other as it is."""
    parts = text.split("; ")
    told = [_one_fault(part) for part in parts]
    return text if any(map(str.__eq__, parts, told)) else "；".join(told)


def _fault(text: str) -> str:
    """A fact as it is, or a list of faults with each in Chinese."""
    return "；".join(map(_one_fault, text.split("; ")))


def _one_fault(text: str) -> str:
    for pattern, said in _faults():
        if found := pattern.fullmatch(text):
            facts = {name: _names(part) for name, part in found.groupdict().items()}
            return said.format_map(facts)
    return text


def _names(text: str) -> str:
    parts = text.split(", ")
    return "、".join(NAMES[part] for part in parts) if all(part in NAMES for part in parts) else text


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    return tuple((_of(english), said, cure) for english, (said, cure) in MESSAGES.items())


@cache
def _faults() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((_of(english), said) for english, said in FAULTS.items())


def _of(english: str) -> re.Pattern[str]:
    return re.compile(_HOLE.sub(r"(?P<\1>.+?)", re.escape(english)), re.DOTALL)
