"""
Refusals as a person meets them, in the visitor's language.

The rooms speak English. For Chinese each code has one sentence and a cure here; `{found}`, `{expected}`, `{where}`,
`{message}` and the refusal's own data stand for the facts. A code without a Chinese sentence keeps its English one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from baogong.kernel.errors import BaogongError, NotYourPlace, UnusableInput
from baogong.web.clerk.words import told as told_by_a_reader
from baogong.web.fields import label_of
from baogong.web.names import is_chinese
from baogong.web.unusable import faults_in_chinese, in_chinese
from baogong.web.words import word


@dataclass(frozen=True, slots=True)
class Sentence:
    """`zh` says what was found and what happened; `cure_zh` what to do now."""

    zh: str
    cure_zh: str = ""
    en: str = ""  # only where the room's own English cannot tell it: it knows no time zone


@dataclass(frozen=True, slots=True)
class Said:
    """A refusal ready to be shown; an empty part is left out."""

    message: str
    where: str
    found: str
    expected: str
    cure: str


NOT_THIS_PLACE = Sentence(
    "您有这项职责，但不在这个地点（您的职责限于另外 {found} 处），未作任何改动。",
    "请工作组的管理员为您加上这个地点，或交给在这里值守的人办理。",
)
NOT_THE_WHOLE_HOUSE = Sentence(
    "您的这项职责只限于 {found} 处，这里的事关乎全局，未作任何改动。",
    "请工作组的管理员授予不限地点的职责，或交给有此职责的人办理。",
)
RELOAD = "刷新页面，按现在显示的情况再办。"

SENTENCES: dict[str, Sentence] = {
    # what the pages themselves refuse is written in the visitor's language already
    "web.unusable-form": Sentence("{message}", "{cure}"),
    "kernel.refused": Sentence("没有办成，未作任何改动：{message}", RELOAD),
    "kernel.unusable-input": Sentence("这些内容无法使用，未作任何改动。说明：{message}", "改正后重新提交。"),
    "kernel.unwritable-text": Sentence(
        "文字里有无法保存的字符（{found}），它不是任何文字，未作任何改动。", "删去它或重新输入这段文字，再提交。"
    ),
    "kernel.does-not-fit": Sentence("有一个值太长或太大，账本容不下，应为：{expected}。未作任何改动。", "缩短或改正后重新提交。"),
    "tower.period-turns-back": Sentence("结束日期早于开始日期（{found}），没有查询。", "结束日期不要早于开始日期。"),
    "tower.alert-closed": Sentence("这条警报已经关闭（{found}），未作改动。", "重新打开列表，看还开着的。"),
    "tower.quiet-always": Sentence("静默时段要有起止，并且不能相同（{found}），未作改动。", "两个时间都填，或都留空。"),
    "tower.no-ticket": Sentence("凭证无效或已过期，不推送。", "重新打开页面，会换新的凭证。"),
    "kernel.unknown-id": Sentence("账本里没有这个编号对应的内容（{found}），未作任何改动。", "刷新页面，从列表中重新选择。"),
    "kernel.not-found": Sentence("找不到要打开的内容。", "回到列表重新打开。"),
    "kernel.not-your-place": Sentence(
        "您的职责不包括此事或此处，未作任何改动。现有职责：{found}；需要：{expected}。",
        "请工作组的管理员授予职责，或交给有此职责的人办理。",
    ),
    "kernel.request-id-reused": Sentence("同一请求先前已经办过，内容不同；以第一次为准，这次没有生效。", RELOAD),
    # catalogue, places, people
    "catalogue.alias-taken": Sentence("“{found}”已经是另一种物品的名称或条码，未作改动。", "换一个更长、更清楚的名称。"),
    "catalogue.carton-unknown": Sentence("不知道这种物品怎样装箱。", "在物品目录中补上箱规：每箱数量、尺寸、重量。"),
    "catalogue.code-taken": Sentence("编码已被占用：填写的是 {found}，账上是 {expected}。未作改动。", "换一个编码。"),
    "catalogue.item-unusable": Sentence("物品资料不完整或不合理：{found}。应为：{expected}。", "补全后重新提交。"),
    "catalogue.name-in-doubt": Sentence("“{found}”无法确定是哪种物品，没有写入。", "是不是：{expected}？请写全名或编码。"),
    "catalogue.name-unknown": Sentence("目录中没有“{found}”，没有写入。", "请按目录中的名称或编码填写，或先添加这种物品。"),
    "catalogue.unit-unclear": Sentence("“{found}”换算不成该物品的基本单位，不作猜测。", "用物品自己的单位填写，或补上箱规。"),
    "catalogue.unread-barcode": Sentence("这不是商品或箱的条码，或者有一位读错：{found}。", "重新扫描，或按名称选择物品。"),
    "places.area-differs": Sentence("封控区“{where}”账上的封控时间是 {expected}，填写的是 {found}。未作改动。", "先解封，或另建一个封控区。"),
    "places.community-in-doubt": Sentence("“{found}”可能就是已登记的某一个（{expected}），没有开设。", "选出它是哪一个，或注明是新的。"),
    "places.community-unusable": Sentence("小区资料不合理（{where}），没有写入。", "更正后重新提交。"),
    "places.doubt-settled": Sentence("这一处已经有人定过，未作改动。", "重新打开通告；情况有变的，以新的通告为准。"),
    "places.door-without-reason": Sentence("{where} 标了送到门口，却没有写原因，没有写入。", "写明原因，例如独居老人、行动不便、家有婴儿。"),
    "places.footprint-unusable": Sentence("{where} 的轮廓画不出来，没有写入。", "先不要轮廓，或重新画一个多边形。"),
    "places.gate-hours-unusable": Sentence("大门的开放时段要先开后关、互不重叠，读到：{found}。未作改动。", "每段只写一次，例如 06:00-09:00；跨过午夜的分两段写。"),
    "places.name-of-another": Sentence("本小区另有一栋叫“{found}”，未作改动。", "换一个名称。"),
    "places.name-unusable": Sentence("名称里要有字母、汉字或数字，最多 {expected} 个字符；读到“{found}”。没有写入。", "按平时的叫法填写。"),
    "places.no-station": Sentence("只有站点类的地点才能移动，这里是“{found}”，未作改动。", "先把这个地点的角色改为站点。"),
    "places.notice-unusable": Sentence("通告没有文字，或太长（{found} 字，最多 {expected} 字），没有保存。", "粘贴通告本身；太长的分成几份。"),
    "places.notice-withdrawn": Sentence("这份通告已经撤回，未作改动。", "读入现在有效的通告。"),
    "places.out-of-bounds": Sentence("{where}填的是 {found}，应在 {expected} 之间，未作改动。", "更正数字后重新提交。"),
    "places.rule-differs": Sentence("该发布机关从那一刻起已有另一条规则（{found}），未作改动。", "让新规则晚一点开始。"),
    "places.rule-unusable": Sentence("管控规则不完整或不合理，没有写入。", "选好状态和送达方式，中英文各写一两句。"),
    "places.stand-without-point": Sentence("设在街上的站点要有坐标，未作改动。", "选它所在的小区，或填写坐标。"),
    "places.stands-elsewhere": Sentence("从 {found} 起，这个站点已定在别处，未作改动。", "让它晚一分钟再移动。"),
    "places.state-missing": Sentence("这几个字没有读成地址，还没有管控状态，未作改动。", "选出通告给它的状态。"),
    "places.too-long": Sentence("{where}太长（{found} 字，最多 {expected} 字），没有写入。", "缩短后重新提交。"),
    "places.too-many": Sentence("一次最多 {expected} 个，这里有 {found} 个，没有写入。", "分成几份。"),
    "places.way-unusable": Sentence("道路要由两个以上的点连成，且都在地球上；读到 {found}。没有画入。", "看看经纬度是否写反。"),
    "places.lane-unusable": Sentence("线路资料不合理：{found}。应为：{expected}。", "补全或更正后重新提交。"),
    "places.site-differs": Sentence("这个地点已经登记，内容不同：{found}；账上是 {expected}。未作改动。", "修改原有地点，不要重复添加。"),
    "places.site-unusable": Sentence("地点资料不合理：{found}。应为：{expected}。", "更正后重新提交。"),
    "people.alias-contradicts": Sentence("“{found}”不能既是又永不是同一主体，未作改动。", "先撤回以前的判定，或选另一个主体。"),
    "people.merged-already": Sentence("其中一个已经并入“{found}”，未作改动。", "改为合并后者，或先撤销以前的合并。"),
    "people.merge-undone": Sentence("这次合并已经撤销，未作改动。", RELOAD),
    "people.not-one-house": Sentence("这两个不能是同一主体：{found}。未作改动。", "医疗队无论住在哪里都用自己的名称；能收货的地点要保留。"),
    "people.said-to-be-apart": Sentence("这两个已判定为不是一家：{found}。未作改动。", "如判错了，先撤回原来的判定。"),
    "people.demo-not-here": Sentence("演示账号只在本机的演练账本里有效，没有登录。", "用自己的账号登录。"),
    "people.document-of-another": Sentence(
        "这个证件为此用途已登记在别人名下，未作改动。", "按后四位查找，并向本人核实。"
    ),
    "people.erased": Sentence("这项个人资料在用途结束时已经删除。", "需要时再向本人询问。"),
    "people.purpose-of-a-room": Sentence(
        "为这个用途保存的不只是证件号码，要和其余资料一起删除。没有删除任何内容。", "城市的投放、辖区的店铺各有自己的“删除资料”页面，请到那里办理。"
    ),
    "people.last-administrator": Sentence("这是最后一位管理员；没有管理员就无人能授予职责。未作改动。", "先让另一个人成为管理员。"),
    "people.link-unusable": Sentence("这个链接打不开任何内容：可能已到期、已撤回、已用过，或没有复制完整。", "请发送链接的人再发一个新的。"),
    "people.name-in-doubt": Sentence("“{found}”无法确定是谁，没有写入。", "是不是：{expected}？请写全称。"),
    "people.name-unknown": Sentence("这里没有“{found}”，没有写入。", "请按名单中的写法填写；还没有登记的，先在“投递箱”（/lists/）导入单位名单。"),
    "people.name-missing": Sentence("缺少名称：读到“{found}”。", "填写名称。"),
    "people.name-taken": Sentence("这个登录名已有人使用，没有建立账号。", "换一个登录名，或请管理员给原账号增加职责。"),
    "people.name-of-several": Sentence(
        "账本里有不止一人用这个姓名，没有登记。", "在姓名后注明区别，例如“张伟（3号楼201）”。"
    ),
    "people.not-a-document": Sentence("这不是该类证件的号码，没有登记。", "对照证件逐位再读一遍。"),
    "people.not-a-party-kind": Sentence("“{found}”不是主体的种类。可用：{expected}。", "从列表中选择。"),
    "people.not-the-last-four": Sentence(
        "请填证件的后四位，没有查找。", "照证件填写后四位：四个数字，或三个数字加 X。"
    ),
    "people.other-document-kept": Sentence(
        "这个人为此用途已登记了另一个证件，未作改动。",
        "如属更正，请勾选“更正”；如是同名的另一人，请在姓名后注明区别。",
    ),
    "people.password-known": Sentence("这是演示用的密码，人人知道，未作改动。", "另选密码：用四个互不相干的词连起来。"),
    "people.password-too-short": Sentence("密码太短，未作改动。应为：{expected}。", "用四个互不相干的词连起来。"),
    "people.purpose-missing": Sentence(
        "证件须为某一用途登记，没有登记。", "写明用途，例如“口罩预约二月”，不超过四十个字。"
    ),
    "people.reason-missing": Sentence(
        "查看个人资料须写明理由，没有查找。", "写明用来做什么；理由会留在账本里，记在您名下。"
    ),
    "people.too-often": Sentence("次数太多，这次没有办理；{retry_after_s} 秒后可以再试。", "稍等后再试一次。"),
    "people.unknown-login": Sentence("没有这个账号，或账号已停用，未作改动。", "重新登录，或询问管理员。"),
    "people.wrong-code": Sentence("验证码不对，未作改动。", "请重新输入电话里告诉您的验证码。"),
    "people.wrong-keys": Sentence("账本的密钥不在这里，或不是这本账的密钥。", "把备份时另存的密钥放回原处。"),
    "people.wrong-password": Sentence("登录名与密码不符，没有登录。", "重新输入，或请管理员重设密码。"),
    # ledger and journal
    "ledger.batch-refused": Sentence("账本拒绝了这批流转，一笔也没有入账：{found}。", "看清现在还有多少未占用，再重新提交。"),
    "ledger.not-yet-stamped": Sentence("这笔流转（{day}）还没有存证。", "一天结束后自动存证，也可以立即存证。"),
    "journal.unusable-picture": Sentence("这不是能读取的图片（{found}），没有保存。可用：JPEG、PNG 或 WebP 图片。", "重新拍照，或换一张图片。"),
    "journal.unusable-signature": Sentence("这不是手写签名，没有保存。", "请重新签名。"),
    "journal.evidence-too-large": Sentence("图片或签名太大（{found}），最多 {expected}，没有保存。", "换一张小一些的。"),
    "ledger.busy": Sentence("此刻有人正在记账或给账簿盖章，等待超时。没有读取，也没有写入。", "过几秒再试。"),
    "journal.busy": Sentence("此刻有别人正在办同一件事，未作改动。", "过几秒再试。"),
    "journal.no-evidence": Sentence("交接需要凭证：签名、照片、验证码或见证人。没有入账。", "请收货人签名，或拍一张照片。"),
    "journal.no-person-signs": Sentence("这张单据要由两个人签，未作改动。", "由签字人本人登录后签署。"),
    "journal.clock-goes-forward": Sentence(
        "演练时钟只能往后拨，一次最多一个月，时钟没有变动。", "选一个更晚的时间；要从头再来，另开一本演练账。"
    ),
    "journal.not-a-drill": Sentence("这本账是真实业务，不能当作演练，未作改动。", "演练请另开一本账。"),
    "journal.preview-lapsed": Sentence(
        "名单 {where} 于 {found} 读入，24 小时内没有写入，或其中的居民资料已删除；内容已清除，没有写入。", "请重新导入这份文件，并及时写入。",
        en="The list {where} was read at {found} and not written within 24 hours, or its people were forgotten meanwhile: what it told "
        "is gone. Nothing was written.",
    ),
    "journal.not-to-be-signed": Sentence("{where} 现在不等签字（{found}），未作改动。", "重新打开单据查看；需要更正时另开一张。"),
    "journal.same-hand-twice": Sentence("{where} 已有您的签字；两个签字要由两个人签。未作改动。", "请另一位值班人员签署。"),
    "journal.signed-for-oneself": Sentence("{found} 从这张单据中受益，或为受益方工作，不能签。未作改动。", "请与此无利害关系的人签署。"),
    "journal.task-done": Sentence("这项任务已经结束，未作改动。", "需要时新建任务。"),
    "journal.task-taken": Sentence("已有别人认领这项任务，未作改动。", "请对方转交，或认领另一项。"),
    # sheets
    "sheets.bad-line": Sentence("{where}读到“{found}”，应为：{expected}。", "在上面的框里更正这一行，再看一遍。"),
    "sheets.bad-cell": Sentence("单元格 {where} 读到“{found}”，应为：{expected}。", "更正这一格后重新导入。"),
    "sheets.column-missing": Sentence("这张表缺少列：{expected}。现有列：{found}。没有读入。", "按模板填写表头，或选择对应来源的格式。"),
    "sheets.not-a-choice": Sentence("这一行不能这样决定，未作改动。可以：{expected}。", "选一个候选，或注明是新的，或略去这一行。"),
    "sheets.unknown-kind": Sentence("没有“{found}”这种表。可用：{expected}。", "从列表中选择。"),
    "sheets.unknown-profile": Sentence("没有“{found}”这个格式。可用：{expected}。", "从列表中选择，或不选。"),
    "sheets.unread-amount": Sentence("“{found}”看不出数量。", "先写数字，再写单位，例如 20箱、3000*N95口罩。"),
    "sheets.unread-number": Sentence("“{found}”不是数字。", "写一个数字，例如 3000、1.5万、叁仟。"),
    "sheets.unread-money": Sentence("“{found}”不是一笔金额。", "写明金额，例如 1000万元、3,000,000、壹仟万元整。"),
    "sheets.unreadable-file": Sentence("读不懂这个文件（{where}）：{found}。应为：{expected}。", "用表格软件打开，另存为 XLSX 或 CSV（UTF-8）。"),
    # engine
    "draw.unfit": Sentence(
        "与摇号的规定或公告对不上：{faults}。没有公告，也没有摇号。", "更正所列各项；已经公告的不能改。",
        en="This does not fit the draw: {faults}. Nothing was announced and nothing was drawn.",
    ),
    "draw.unsound-memory": Sentence("对落选者的规则不合理：{where} 为 {found}，应为 {expected}。没有计算。", "更正规则。"),
    "fairshare.infeasible-floors": Sentence("有的保底数量无法满足，没有分配：{told_zh}。", "降低或取消这些保底，或放开更多库存，或多找车辆。"),
    "fairshare.too-many-for-trucks": Sentence("按地点、收货单位或线路限载时，这一轮太大：{found} 项，最多 {expected}。没有分配。", "合并限载，或分物资分几轮算，或只对整轮限载。"),
    "fairshare.unsound-rule": Sentence("分配规则不合理：{where} 为 {found}，应为 {expected}。", "更正规则。"),
    "fairshare.unusable-problem": Sentence("这份分配数据无法计算：{found}。", "更正所列各项后再分配。"),
    "rounds.unsound-rule": Sentence("派送的计算规则不合理：{where} 为 {found}，应为 {expected}。没有编排。", "更正规则。"),
    "rounds.unusable-file": Sentence("文件不是可解的车辆路径算例：{where} 为 {found}，应为 {expected}。没有求解。", "换一个平面坐标、只限载量的算例，或更正该行。"),
    "rounds.unusable-notices": Sentence("取件通知无法编排：{where} 为 {found}，应为 {expected}。没有编排。", "更正所列各项后再编排。"),
    "rounds.unusable-shuttles": Sentence("接驳无法编排：{where} 为 {found}，应为 {expected}。没有编排。", "更正所列各项后再编排。"),
    "rounds.unusable-share-out": Sentence("人手无法分到各小区：{where} 为 {found}，应为 {expected}。没有分配。", "更正所列各项后再分。"),
    "rounds.unusable-problem": Sentence("这份派送数据无法编排：{where} 为 {found}，应为 {expected}。没有编排。", "更正所列各项后再编排。"),
    "delivery.address-in-doubt": Sentence("地址中的{where}“{found}”在登记册里对不上，没有写入。", "是不是：{expected}？照登记的写；没有登记过的房号，注明是新的。"),
    "orders.basket-unusable": Sentence("拼单写得不全或不合理（{where}：{found}），没有办理。", "更正这一项再提交一次。"),
    "orders.organiser-elsewhere": Sentence("拼单的团长要住在本小区，名册里没有 {found} 这个门牌，没有写入。", "写团长自己的门牌；不住这里的，请本小区的邻居来当团长。"),
    "orders.basket-moved": Sentence("这个拼单现在是“{found}”，这一步没有办。", "重新打开拼单，看下一步该做什么。"),
    "orders.not-reported": Sentence("开团前要把货品、供货商证照、司机和车牌报给居委会，还缺 {where}，没有上报。", "向供货商问清后补上。"),
    "orders.not-open-yet": Sentence("居委会还没有为货品、证照、司机签字，菜单先不能发到群里。", "先上报，再请第二个人签字。"),
    "orders.day-too-far": Sentence("送货日 {found} 太远，最晚到 {expected}，没有写入。", "核对日期；真是那天的，晚些再起草。"),
    "orders.deadline-passed": Sentence("截单时间（{expected}）已过，签了字也没有人能接龙了，没有上报。", "取消这一团，另起草一个截止更晚的。"),
    "orders.lines-wait": Sentence("还有 {found} 行接龙等人处理，没有下单。", "逐行处理：计入、撤销或不算订单。"),
    "orders.too-few-packs": Sentence("一共 {found} 份，供货商起送 {expected} 份，没有下单。", "取消这一团，或与相邻小区一起开。"),
    "orders.less-than-nothing": Sentence("{where} 退的比订的多（{found}），没有下单。", "问清这一户要多少，更正那一行。"),
    "orders.portion-moved": Sentence("这一份不在居委会的分发点（{found}），未作改动。", "不要列入；重新打开清单看一看。"),
    "orders.none-to-spare": Sentence("没有人领的只有 {expected}，丢失的是 {found}，未作改动。", "退款给这户，或者下一次团购时补上。"),
    "orders.still-owed": Sentence("还有没送到的或没退的款（{found}），什么也没有删除。", "先送到、退清，再来删除。"),
    "orders.line-unusable": Sentence("这样处理不成订单（{where}：{found}），未作改动。", "写明楼号房号、菜单上的品名和份数；不算订单的写明理由。"),
    "orders.door-unknown": Sentence("名册里没有 {found} 这个门牌，未作改动。", "问清房号；确实无误的，勾选“门牌无误”。"),
    "orders.line-moved": Sentence("这一行已经不能处理（{found}），未作改动。", "重新打开待办列表。"),
    "orders.paste-unusable": Sentence("贴入的内容读不了（{where}：{found}），没有读入。", "从群里重新复制；导出的表要有商品和地址两列；几个群分几次贴。"),
    "orders.other-driver": Sentence("来的是 {found}，报备的是 {expected}，没有登记。", "问供货商和居委会；可以放行的，写明理由。"),
    "orders.not-sprayed": Sentence("货还没有到齐登记，或有到货没有消毒（{found}），没有分配。", "在拼单的“到货”页登记到货；还没写消毒的，在那里补写何时消毒。"),
    "orders.money-unusable": Sentence("金额不对（{found} 分，应为 {expected}），没有记录。", "更正金额。"),
    "orders.truck-unusable": Sentence("这辆车不能这样用（{where}：{found}），没有写入。", "更正车名、日期或装载份数；同一供货商、同一天的拼单才能上这辆车。"),
    "orders.truck-loaded": Sentence("{where} 的装载已经分好（{found}），未作改动。", "另指一辆车。"),
    "orders.basket-not-there": Sentence("没有这个拼单。", "从当天的列表里选。"),
    "orders.shop-unusable": Sentence("这样不能保存，什么都没有写。需要：{expected}。", "更正所列各项。"),
    "orders.shop-twice": Sentence("这家商户已有页面（{found}），没有另开。", "修改已有的页面。"),
    "orders.day-unusable": Sentence("这一天不能这样开，什么都没有写。需要：{expected}。", "更正所列各项。"),
    "orders.day-twice": Sentence("这家店 {found} 已经开了，没有另开。", "改那一天的库存。"),
    "orders.nothing-to-copy": Sentence("这家店在 {found} 之前还没有开过一天，没有照抄。", "第一天请自己填。"),
    "orders.stock-promised": Sentence("空闲的只有 {expected} 份，要减 {found} 份；已订的不动。未作改动。", "最多减空闲的份数；拣货时再告诉订了的人。"),
    "orders.address-not-listed": Sentence("小区的名册里没有这个门牌，还没有下单。", "核对楼号、单元、房号；确实没写错的，勾选“门牌无误”再提交。"),
    "orders.day-closed": Sentence("这一天已经停止接单，补进来也没人能订：已有订单换货、补送还要 {expected} 份，要补 {found} 份，没有写入。", "放到另一天卖。"),
    "orders.cap-too-low": Sentence("已经订了的比 {found} 份多，不能在这里截单。未作改动。", "按已订份数截单，再找一名骑手。"),
    "orders.shop-shut": Sentence("这家店现在不接单（接到 {expected}），没有下单。", "看它的下一天，或看看别的店。"),
    "orders.order-unusable": Sentence("这样不能办理，什么都没有写入，也没有下单。需要：{expected}。", "更正所列各项。"),
    "orders.weight-unusable": Sentence("重量 {found} 克，不到 {expected} 克，没有添加。", "不是克的，请在数字后写明单位，例如 3kg。"),
    "orders.nothing-chosen": Sentence("还没有选货，没有下单。", "至少选一份。"),
    "orders.phone-unusable": Sentence("手机号应为 {expected} 位，这里是 {found} 位，没有下单。", "请逐位重新输入；固定电话请带区号。"),
    "orders.not-their-order": Sentence("{where}不对，未作改动。", "请核对后再输入；五次不对，一小时内不能再试。想不起退单码，可打电话请店里代为退单。"),
    "orders.below-minimum": Sentence("金额不到这家店的起送金额，没有下单。", "再加一份，或和邻居一起订。"),
    "orders.too-many-packs": Sentence("这一天每户最多 {expected} 份，连已订的一共 {found} 份，没有下单。", "少要几份。"),
    "orders.out-of-zone": Sentence("这家店不送到那个小区，没有下单。", "在街道的名单里找一家送得到的店。"),
    "orders.sold-out": Sentence("这一种只剩 {expected} 份，要了 {found} 份，整单都没有订。", "少要几份，或换一种。"),
    "orders.slot-full": Sentence("这个时段骑手还能送 {expected} 份，要了 {found} 份，没有下单。", "换一个时段，或少要几份。"),
    "orders.past-cut-off": Sentence("这一天的单在 {expected} 以前可以退，现在正在拣货。未作改动。", "打电话给店里，或到门口时拒收。"),
    "orders.order-moved": Sentence("这一单现在是“{found}”，这一步没有办。", "重新打开列表。"),
    "orders.lesson-over": Sentence("这节课已经结束、取消，或还没有开始。未作改动。", "在课程表里另选一节。"),
    "release.rule-unusable": Sentence("这份投放规则不能用：{found}。没有保存。", "更正所列各项，把整份规则再提交一次。"),
    "release.code-twice": Sentence("本单位已有代号为“{found}”的投放，没有另建。", "换一个代号，或修改已有的那份规则。"),
    "release.rule-fixed": Sentence("投放 {where} 现在是“{found}”，规则按公布时的执行，未作改动。", "关闭它，按新规则另建一次投放。"),
    "release.not-tried": Sentence("第 {found} 版规则还没有试算，投放没有开放。", "先在虚拟城市上试算，看看谁领得到，再开放。"),
    "release.tried-too-little": Sentence("第 {found} 版规则的试算看不出谁会领不到：要么没有投放数量，要么来领的人不比一天的份数多。投放没有开放。", "按一天的实际数量和本市的人数再试算一次，看看谁领得到，再开放。"),
    "release.trial-unusable": Sentence("试算的城市不合理：人数 1 至 200000，天数 1 至 60，每天来领的比例大于 0、不超过 1，打电话的和到窗口的合起来不超过全部。没有试算。", "把城市改小一些，或改比例。"),
    "release.tranche-unusable": Sentence("这批数量不能这样处理，需要：{expected}。没有移动任何物资。", "更正所列各项，或等本批结束、候补的人领完。"),
    "release.region-unknown": Sentence("地区代码 {found} 在行政区划表里没有，规则里也没有写它的名称：没有人能按它领取。未作任何改动。", "核对代码（如 511602 广安区）；街道自己的代码，在规则里写上名称。"),
    "release.beyond-the-rule": Sentence("{told_zh}。没有移动任何物资。", "按规则余下的数量投放，或另起草一次投放；规则开放后不再更改。"),
    "release.quotas-differ": Sentence("合并计算限额的几次投放，限额必须相同。未作改动。", "照抄另一次投放的限额，或分开计算。"),
    "release.claim-moved": Sentence("这笔领取现在是“{found}”，这一步没有办。", "重新查询这笔领取。"),
    "release.nothing-left-to-bring": Sentence("这批只剩 {found} 份，补送要 {expected} 份，未作改动。", "等别人放弃的份额，或结束这笔领取并退还已付的钱。"),
    "chain.unwritable": Sentence("{where}写成接龙后读不回原样（读回的是“{found}”），没有写出。", "把姓名、地址、品名、备注里的 ｜ 、 × 等符号去掉。"),
    "chain.missing-columns": Sentence("{where} 缺少要用的列，没有读取；现有的列：{found}。", "在第一行写上列名：{expected}。"),
    "release.claim-ran-out": Sentence("这份名额已过期（{found}），转给候补的人，没有交付。", "本人可在下一期再领。"),
    "release.address-waits": Sentence("有地址现在送不到（{found}），没有接单；名额保留，等路通了再送。", "把这些订单留下；路通后重新核实地址。"),
    "release.costs-unknown": Sentence("捐赠方承担的一部分不知道该付给谁（{found}），没有记账。", "指明收款的单位。"),
    "release.person-unusable": Sentence("证件种类、号码、电话、地址、地区或名单填得不对。未作任何改动。", "对照证件或原件逐字再核对一遍。"),
    "release.people-still-needed": Sentence("{where} 还有投放未关闭、名额未兑现或包裹在途，居民资料还用得到。没有删除任何内容。", "先关闭投放，把应发的送到、发完或取消，再来删除。"),
    "release.clerk-cap": Sentence("您在这一批里已录入（连同名单）{found} 笔，规则允许每名经办人 {expected} 笔，没有领取。", "请换另一名经办人，或请本人在网上领取；较长的名单由本单位指挥人员导入。"),
    "release.not-disinfected": Sentence("这批只有 {found} 份登记了到货消毒，这一步需要 {expected} 份，没有交出、没有发出。", "先在“商店订单”页登记到货数量和消毒方法，再交出或发出。"),
    "release.not-offered": Sentence("这次投放没有开放（{found}），没有领取。", "看看现在有哪些正在投放。"),
    "release.cluster-unusable": Sentence("要写明理由（最多 200 字），而且这些人仍在本次投放中共用同一项，未作改动。", "刷新列表，写明理由再定。"),
    "release.proxy-not-allowed": Sentence("按这次投放的规则，只能由本人领取，没有交出。", "请本人带证件来领。"),
    "release.winners-unusable": Sentence("这份中签名单不能接收，没有人获得名额：{told_zh}。", "把所列问题退回来源单位，整份更正后再报。"),
    "release.right-redeemed": Sentence("这份名额已经用过（{found}），没有再给。", "把何时何地用过告诉来人；若不是本人，交本单位处理。"),
    "release.is-brought": Sentence("这份按规则送货上门，窗口不发；没有交出。", "由店铺接单、送货员送去；送去没人收、退回来以后，才留在窗口领取。自己的人送到门口的，由本单位登记为已送到。"),
    "release.units-given-on": Sentence("这份名额在期限内用了，但报来之前份额已转给别人：现有 {found} 份，要 {expected} 份。未作改动。", "由本单位的人决定归谁；有足够的余量后再看一次。"),
    "release.contact-needed": Sentence("网上下单要送到家，还缺收货人的资料（{expected}）。没有下单。", "问清姓名、电话和地址：街道、楼、单元、户。"),
    "release.no-such-right": Sentence("没有这份证件和电话的名额。未作改动。", "把号码再核对一遍；电话填报名时留的那一个。报名时没留电话的，带证件到领取点，或到本单位柜台由柜台代下单。"),
    "release.place-unknown": Sentence("这批货不在“{found}”发放，也不从那里送出。未作改动。", "从这些地点里选：{expected}。"),
    "release.draw-unusable": Sentence("不能这样摇号：投放须已开放、方式为摇号、还没有发出，信标须公开；登记的随机数为 16 字节。没有公告，也没有登记。", "更正后再提交；只等没有人掌握密钥的公共信标。"),
    "release.drawn-once": Sentence("这一批已有摇号，已公告、已封闭或已摇出的不再改动，绝不重摇。", "查看原来的摇号；新增的货顺着原名单往下给。"),
    "release.draw-step": Sentence("摇号还没有到这一步，或这一步已经过去。没有办理。", "按公告的次序和时间办。"),
    "release.cannot-be-missing": Sentence("现在不能宣布公告的随机源未到：{told_zh}。没有记录。", "公告的随机源，多晚到都可以用它摇号。"),
    "release.other-source": Sentence("现在不认这个随机源：{told_zh}。没有摇号。", "提交此刻算数的那一个。"),
    "release.choice-underway": Sentence("{found} 的摇号已经公告、还没有摇出，或中签名单在等第二人签署。没有收回，也没有关闭。", "先摇号；名单请第二人签署，不要的就拒签或撤销那份文件。"),
    "release.entry-refused": Sentence("此人不能参加这次摇号（{told_zh}）。没有登记。", "和本人一起看规则，核对所填内容。"),
    "release.too-busy": Sentence("同一时刻有人在为同样的人领取，什么都没有写入。", "再提交一次。"),
    "release.queue-full": Sentence("此刻来领的人太多，这一笔没有收下，编号仍然有效。", "过一会儿用同一编号再提交一次。"),
    "release.sold-out": Sentence(
        "这一批眼下给这个渠道的已经领完，或不够这次要的；没有领取，编号仍然有效。", "少要几份，或过一会儿再试：有人退出时会再放出来；留给其他渠道的见这一批的页面。"
    ),
    "release.not-open-yet": Sentence("还没有到开放时间（{expected}），没有领取，编号仍然有效。", "到时间后用同一编号再提交一次。"),
    "release.not-written": Sentence("这一笔有没有写入还不知道。", "用同一编号再提交一次，得到的就是它唯一的结果。"),
    "tower.bulletin-not-there": Sentence("没有这份通报。", "回到通报列表重新打开。"),
    "tower.bulletin-closed": Sentence(
        "这份通报已在等签署、已发布或已重新生成（{found:none}），不能再改。未作改动。", "等第二人签署或拒签；已发布的，请出新的一版。"
    ),
    "tower.nothing-planned": Sentence("这段时间里没有已批准的车队、接驳、派送、叫号或开放。没有预演。", "先批准一个车队或派送方案，或改选有安排的时间。"),
    "rehearsal.unusable-night": Sentence("这一夜的安排自相矛盾：{where} 是 {found}，应为 {expected}。没有预演。", "更正指出的部分后再预演；若是系统自己取出的，请报告。"),
    "rehearsal.unusable-chances": Sentence("{where} 写的是 {found}，应为 {expected}。没有预演。", "更正这个数，或留空用默认值。"),
    "delivery.already-handed-over": Sentence("包裹 {where} 已由{by}交付，以那次为准，未作改动。", "问交付的人；手里若还有一件，交给站长核对。"),
    "delivery.already-loaded": Sentence("这批派送已有 {found} 件包裹装走，方案没有撤销。", "重新计划：新方案只安排还没有装走的。"),
    "delivery.gate-unusable": Sentence("不能从 {where} 的大门进：它不属于这个站点，或在 {found} 不开放。没有安排。", "选这个站点的大门，或在开放时间到达。"),
    "delivery.gate-not-named": Sentence("站点在小区“{where}”里面，那时开着的大门不止一道（{expected}），没有写明走哪一道。没有安排。", "选一道大门再提交。"),
    "delivery.slot-taken": Sentence("大门 {where} 在 {found} 起的时段已经排满（车数 / 分钟：{expected}）。没有安排。", "换一个到达时间，或换一个大门。"),
    "delivery.cart-full": Sentence("接驳 {where} 装上这些就有 {found}（件 / 克），超过这辆车的载量。没有装车。", "少装一些，其余装到另一趟接驳。"),
    "delivery.cart-elsewhere": Sentence("这辆车同一时间在接驳 {where} 上（{found}），没有办。", "换一辆空着的车、换个时间，或先在到达站卸完。"),
    "delivery.vehicle-without-pass": Sentence("{where} 在 {expected} 没有有效的通行证，外来车辆不进去。没有办。", "换一辆有通行证的车，或请指挥部办通行证；办好之前在门外等。"),
    "delivery.device-retired": Sentence("这部手机自 {found} 起已由另一部代替或已交回：还能上传做过的，不能再看。", "把没有上传的传完；用另一部接着做，或请站长重新登记这一部。"),
    "delivery.device-unusable": Sentence("这部手机没有在这里登记、已经停用，或班次结束已超过一天。未作改动。", "请站长重新登记。"),
    "delivery.handover-not-allowed": Sentence("包裹 {where} 不能用“{found}”方式交付，只能用：{expected}。未作改动。", "换一种允许的方式；派送路上办不到的，带回站点。"),
    "delivery.in-person-never-on-a-shelf": Sentence("包裹 {where} 必须当面交付（{expected}），没有放上货架。", "等住户来取、看着拿走，或带回站点另约。"),
    "delivery.no-such-parcels": Sentence("扫到的没有一件能办：{found}。什么都没有办。", "重新扫描，或输入条码下面的短码。"),
    "delivery.nobody-to-plan-for": Sentence("站点没有待派的包裹，或这段时间没有证件和检测齐全的派送员。没有计划。", "先收货，或先派人、补录通行证和检测。"),
    "delivery.nobody-serves": Sentence("还没有站点服务这个小区，也没有写明站点，没有写入。", "先定哪个站点服务这个小区，或写明站点。"),
    "delivery.not-fit": Sentence("{where} 现在不能派送：缺少有效的通行证或检测（{found}）。没有交给他。", "补录缺少的证件或检测，或换人派送。"),
    "delivery.not-over-the-counter": Sentence("包裹 {where} 的住户在三区里不能自由走动（{found}），没有在柜台交出。", "由派送员送去；管控已解除的，先读入解除的通告。"),
    "delivery.proxy-unclear": Sentence("代取要同时写明代取人的姓名和本人证件的后四位，不多不少。没有交出。", "两项都写上；是住户自己来取的，两项都空着。"),
    "delivery.handover-stands": Sentence("这里只收回本柜台十分钟内交出、住户也没有确认收到的。包裹 {where} 由{found}交出，以那次为准。", "先把包裹要回来；过后才退回的，由指挥部登记。"),
    "delivery.not-sealed": Sentence("包裹 {where} 的住户现在可以下楼取，未作改动。", "去掉这些；若已封控，先读入封控的通告。"),
    "delivery.not-here": Sentence("包裹 {where} 现在的状态是“{found}”，这一步没有办。", "查一下这件包裹：前一步还没有办，或已经办过。"),
    "delivery.sealed-never-on-a-shelf": Sentence(
        "包裹 {where} 所在楼已封控，住户不能下楼，没有放上货架。", "送到门口；进不去就马上带回站点，原因写“已封控”。"
    ),
    "delivery.not-this-shelf": Sentence("包裹 {where} 不能放在“{found}”，没有放。", "换本单元的另一个货架，送到门口，或带回站点。"),
    "delivery.nothing-to-show": Sentence("包裹 {where} 的交付要有凭据：{expected}。未作改动。", "拍一张放置的照片、在现场读一下短码、写明谁看到，或请收件人在屏幕上手写签名。"),
    "delivery.pair-split": Sentence("包裹 {where}：这栋楼的这一类按方案只由一个人送，{found}已取走一部分，又有人取了这一件。已照实写入。", "请两人在站点并到一个人手里，或就这样送。"),
    "delivery.shelf-crowded": Sentence(
        "货架 {where} 在 {at} 前后 {minutes} 分钟内通知了 {people} 户，最多 {people_max} 户。已照实写入。",
        "给其中一户再打电话，改一个晚一点的时间，或派人在货架旁让大家保持距离。",
    ),
    "delivery.parcel-not-there": Sentence("“{where}”不是这里的包裹。未作改动。", "重新扫描，或输入条码下面的短码。"),
    "delivery.parcel-unusable": Sentence("“{where}”这样写不行：{found}；可用：{expected}。没有写入。", "更正这一项。"),
    "delivery.proposal-moved": Sentence("这些接驳显示之后，站内包裹、车辆或大门已有变化，没有安排。", "查看现在的建议，再确认。"),
    "delivery.plan-unsound": Sentence("独立核对发现这个方案有错：{found}。没有派给任何人。", "重新计划，并报告此事：计算与核对不一致。"),
    "delivery.round-moved": Sentence("派送 {where} 现在是“{found}”，这一步没有办。", "刷新后再看：它可能已经重新安排。"),
    "delivery.shift-over": Sentence("班次已经结束（{expected}）：这部手机还能上传做过的，不能再看。", "把没有上传的传完；下一班请站长另行登记。"),
    "delivery.trip-moved": Sentence("接驳 {where} 现在是“{found}”，这一步没有办。", "刷新接驳列表后再看。"),
    "delivery.waybill-twice": Sentence("运单号 {where} 已用于另一件包裹，没有写入。", "更正单号，或去掉这一行。"),
    "delivery.way-not-there": Sentence("没有这套工作方式。", "从已保存的工作方式中选择。"),
    "delivery.way-kinds-differ": Sentence("件类或三区规则的说法这里和模板不同（{found}），没有开设。", "选定从现在起以哪个为准：模板的（对所有小区），或这里的。"),
    "delivery.way-unusable": Sentence("这套工作方式不能用：{found}。没有保存。", "更正指出的部分。"),
    "delivery.with-somebody-else": Sentence("包裹 {where} 现在在{found}手里，未作改动。", "请那位派送员先送回站点。"),
    "delivery.wrong-station": Sentence("接驳 {where} 到达的站点不服务这些包裹的小区：{found}。没有装车。", "装到开往服务该小区的站点的接驳，或先请指挥设定由哪个站点服务。"),
    "delivery.wrong-road-zone": Sentence("这些包裹不属于接驳 {where} 的路区：{found}。没有装车。", "按各自的路区分拣到对应的接驳。"),
    "freight.unusable-problem": Sentence("这份运输数据无法计划：{found}。", "更正所列各项后再计划。"),
    # planning
    "planning.already-decided": Sentence("这个方案已经是“{found}”，未作改动。", "重新打开方案查看现状。"),
    "planning.hand-has-moved": Sentence("方案中已有 {found} 笔占用的货物动身，不能撤销。", "重新做一个方案，接管还没有出发的部分。"),
    "planning.maker-rejects": Sentence("这个方案是您做的，要由另一个人否决；方案照旧。", "改为撤回。"),
    "planning.why-missing": Sentence("没有写明原因，方案照旧。", "给做方案的人写一句话。"),
    "planning.maker-approves": Sentence("这个方案是您做的，要由另一个人批准，没有占用任何货物。", "请 {expected} 批准。若此刻只有您一人值班，请注明：立即生效，并须在 12 小时内由另一个人补签。"),
    "planning.no-person-approves": Sentence("方案必须由人批准，没有占用任何货物。", "登录后再批准。"),
    "planning.not-alone": Sentence("此刻不只您一人值班：{found} 也可以批准，没有占用任何货物。", "请其中一位批准。"),
    "planning.overtaken": Sentence("做方案时的情况已经变化，没有占用任何货物：{told_zh}。", "按现在的情况重新做方案。"),
    "planning.unknown-kind": Sentence("没有“{found}”这种方案。可用：{expected}。", "从列表中选择。"),
    # supply
    "supply.consent-missing": Sentence("改作社区使用只能由捐赠方同意，并记下原话。", "给捐赠方打电话，把答复写下来。"),
    "supply.count-below-promised": Sentence("盘点数 {found} 少于已占用的数量（{expected}），未作改动。", "先撤销占用，或重新盘点。"),
    "supply.count-not-yet": Sentence("盘点时间 {found} 还没有到，未作改动；最晚只能是 {expected}。", "核对年份和日期：未来的盘点会挡住之后所有的盘点。"),
    "supply.count-is-older": Sentence("这张盘点表的时间 {found} 早于账上的盘点（{expected}），未作改动。", "重新盘点，或填写真实的盘点时间。"),
    "supply.earmark-forbids-purchase": Sentence(
        "{where}不能用所选资金支付，定向不允许：{found:none}。没有下单。允许支付的资金及余额：{expected:none}。",
        "改用允许的资金下单，或请捐赠人同意变更定向。",
    ),
    "supply.order-line-makes-no-sense": Sentence(
        "{where}：数量 {amount}，总价 {price_fen} 分；数量要大于 0，每件至少 1 分。没有下单。", "填写整行的总价；不收钱的请登记为捐赠。"
    ),
    "supply.weighed-line-makes-no-sense": Sentence(
        "{where}：数量 {amount} 克，总价 {price_fen} 分；按重量计的货，数量要大于 0，每公斤至少 1 分。没有下单。",
        "填写整行的总价；不收钱的请登记为捐赠。",
    ),
    "supply.buys-from-oneself": Sentence("供应商和付款方是同一家，没有下单。", "换一个供应商或付款方。"),
    "supply.earmark-ran-out": Sentence("{where} 的使用期限已过（今天 {found}，应为 {expected}），也没有别的资金可以代付。未作改动。", "请捐赠人同意延长期限（两人签署新的定向），或另找资金。"),
    "supply.freeze-not-there": Sentence("没有这次锁库。", "回到库存页重新打开。"),
    "supply.fund-not-there": Sentence("没有这笔资金，没有办理。", "从资金列表中选择。"),
    "supply.funds-too-small": Sentence("{where}：要 {found} 分，应为 {expected}；无论怎样调配都不够。未作改动。", "减少金额，先取消别的采购，或再筹一些资金。"),
    "supply.gift-not-at-this-step": Sentence("{where} 现在是“{found}”，不能办这一步。", "先完成前一步；已判定的要更正时另立一笔。"),
    "supply.carriage-not-there": Sentence("没有这份代运请求。", "回到代运请求列表重新打开。"),
    "supply.carriage-answered": Sentence("代运请求 {where} 已经办结（{found}），未作任何改动。", "看答复；情况有变的，重新提出。"),
    "supply.goods-promised": Sentence(
        "{where} 还有 {found} 已占用或在途，不能转入待定，未作任何改动。", "先撤销占用，等在途的到达，再办。"
    ),
    "supply.gift-not-there": Sentence("没有这笔捐赠。", "回到捐赠列表重新打开。"),
    "supply.invoice-in-doubt": Sentence("发票 {where} 超过订购金额，没有付款。", "先由有权的人决定按哪个价格付。"),
    "supply.invoice-known": Sentence("这个供应商的发票 {found} 已经登记过，没有再次登记。", "核对是否重复开来；另一张发票有另一个号码。"),
    "supply.offer-ended": Sentence("报价 {where} 不能再这样订（{found}），应为 {expected}。没有下单。", "问问供应商，或另选一条报价。"),
    "supply.note-tells-of-persons": Sentence("感谢信里有像电话或证件号的数字，人人可见，没有写入。", "请去掉这些数字。"),
    "supply.nothing-signed-for": Sentence("该受方还没有签收这批物资，没有写入。", "物资交到手里以后再写感谢信。"),
    "needs.nothing-to-buy": Sentence("没有可买的：{found}，应为 {expected}。", "请先给需求定数量、记下供应商报价或登记款项。"),
    "needs.purchase-has-moved": Sentence("采购单 {found} 已付款或已到货，没有取消任何订单。", "在采购单自己的页面上取消尚未到货的部分。"),
    "journal.address-not-allowed": Sentence("地址 {found} 在内部网络里，或不是网址，没有发送。", "请用公网地址，或请运维在 BAOGONG_WEBHOOK_NETWORKS 中写明该网段。"),
    "sourcing.unusable-problem": Sentence("采购数据有误：{found}，没有计算。", "更正这些数字再试。"),
    "supply.item-delisted": Sentence("物品已锁库用于救援；订单 {where} 付款时间 {found}，应{expected}。没有占用。", "给顾客退款，或部分解锁。"),
    "supply.lift-exceeds-freeze": Sentence("不能解锁这么多（{found}），应为 {expected}。未作改动。", "最多解锁这次锁库尚未占用的数量。"),
    "supply.money-among-goods": Sentence("{found}不是物资：资金记在资金账上，受捐赠人的定向约束。没有写入。", "按捐款登记（导入资金清单，或在“资金”页登记）。"),
    "supply.receiver-missing": Sentence("代运的货物每行都要写明接收单位。没有写入。", "问清托运方每行给谁；谁需要就给谁的，按捐赠登记。"),
    "supply.money-gift-not-there": Sentence("没有这笔捐款。", "回到资金页重新打开。"),
    "supply.money-gift-stands": Sentence("捐款 {where} 的款项已经到账，或先前已经更正，未作改动。", "以银行到账为准；多出的部分另记一笔捐款。"),
    "supply.more-than-announced": Sentence("{where} 到账 {found} 分，多于尚未到账的部分（{expected}）。未作改动。", "多出的部分另记一笔捐款。"),
    "supply.not-enough-for-order": Sentence("订单 {where} 要 {found}，此地可用 {free}。没有占用。", "重新盘点，或部分解锁：锁库前已付款的订单照常发货。"),
    "supply.nothing-to-freeze": Sentence("所选范围内没有可锁的零售库存，未作改动。", "先导入这些仓库的库存表，或查看已锁、已占用的部分。"),
    "supply.options-incomplete": Sentence("考虑过的方案中必须正好选定一个，并写明谁否决、为什么。", "补全各个方案和理由。"),
    "supply.order-closed": Sentence("这里没有待发的已付款订单，或订单已经办结，未作改动。", "重新查看列表。"),
    "supply.pays-ahead": Sentence("发票 {where}：其中一部分货物还没有到，没有付款。最多可付 {expected}。", "只付已到的部分，或注明这是预付款。"),
    "supply.purchase-not-at-this-step": Sentence("{where} 现在不能办这一步：{found}，应为 {expected}。未作改动。", "刷新页面，看清已到、已付、已取消各多少。"),
    "supply.paid-by-others": Sentence("{where} 由下单的居民自己付款，未作任何改动。", "在拼单页登记到货或取消。"),
    "supply.purchase-not-there": Sentence("没有这张采购单。", "回到采购列表重新打开。"),
    "supply.receipt-makes-no-sense": Sentence("{where}：{found}。损坏不能多于到货，数量不能小于 0。未作改动。", "更正数量。"),
    "supply.arrival-worth-nothing": Sentence(
        "{where}：到货 {found}，不值一分钱，账上看不到钱去了哪里。未作改动。", "等更多到货时一并签收。"
    ),
    "supply.kit-does-not-add-up": Sentence("套餐“{where}”各项合计 {found} 克，整包重量写的是 {expected} 克。没有写入。", "改正某一项的数量，或改正整包重量。"),
    "supply.kit-not-there": Sentence("没有这个套餐。", "从套餐列表中选择。"),
    "supply.kit-unusable": Sentence("套餐“{where}”不能用（{found}）：每种物品只写一行、数量大于 0，替代品不能是它自己，成品以“份”计。没有写入。", "合并同一物品的行，写明每包放多少。"),
    "supply.more-packs-than-planned": Sentence("{where} 数了 {found} 包，备料只够 {expected} 包。未作改动。", "再数一遍；又来了料就另开一批。"),
    "supply.more-waste-than-stock": Sentence("{where} 报损 {found}，这种料{expected}。未作改动。", "再称一遍；包数多记了就先撤回那一笔。"),
    "supply.nothing-to-agree-on": Sentence("这批货物（{where}）在此地没有可用的，或已经可以拼包。未作改动。", "看看此地有什么；已占用的先撤销占用。"),
    "crew.assignment-ended": Sentence("这条派岗已撤下或已经结束（{found}），未作改动。", "重新打开派岗表再选。"),
    "crew.assignment-not-there": Sentence("没有这条派岗。", "从该地点的派岗表中选择。"),
    "crew.assignment-unusable": Sentence("派岗不能这样写：{found}。没有写入。", "更正岗位和起止时间；一班最多 16 小时，未来的时间才能派岗；撤换要写原因。"),
    "crew.back-on-the-shelf": Sentence("“{where}”已有一部分回到库里，收回数不能改成 {found}（可填 {expected}）。未作改动。", "要再用的，重新发放。"),
    "crew.call-closed": Sentence("“{where}”已停止报名（{found}），没有写入。", "问该地点的办公室有没有别的招募。"),
    "crew.call-not-there": Sentence("没有这次招募。", "从招募列表中选择。"),
    "crew.call-unusable": Sentence("招募写得不全：{found}。没有写入。", "写齐标题、岗位、人数、截止时间、集合时间和地点；集合不能早于截止。"),
    "crew.entry-not-there": Sentence("没有这条进出记录。", "看门岗的记录。"),
    "crew.inside-already": Sentence("这个人已经进入、还没有出来，没有写入。", "若他离开时没有登记，先登记出门。"),
    "crew.keep-unusable": Sentence("不能这样登记：{found}。没有写入。", "写明名称或种类、数量和人；餐只发当天的。"),
    "crew.lodged-already": Sentence("这个人在“{where}”已有床位（{found}），没有写入。", "先在那里退宿。"),
    "crew.more-than-issued": Sentence("{where} 收回 {found} 件，应为 {expected}。未作改动。", "再数一遍。"),
    "crew.no-bed": Sentence("“{where}”的床位已满（{found}），没有写入。", "换一处住宿，或更正床位数。"),
    "crew.not-enough-own": Sentence("“{where}”属本处自有、可发的不够：要发 {found}，{expected}。没有写入。", "救援物资、捐赠和别家的货不能发给工作人员；先采购或盘入自有的。"),
    "crew.not-inside": Sentence("这个人没有进入，或者已经出去，没有写入。", "看在内人员名单。"),
    "crew.not-listed": Sentence("其中 {found} 人不在“{where}”的名单上，没有申请。", "先列入名单，或不选他们。"),
    "crew.not-of-the-register": Sentence("登记册里没有这个人或单位（{found}），没有写入。", "先登记，或从列表中选择。"),
    "crew.not-of-this-place": Sentence("这个人既不在此地点工作，也没有在此报名，不予显示。", "问他所在地点的办公室。"),
    "crew.other-employer": Sentence("“{where}”现属“{found}”，一人只能有一个单位，没有写入。", "若确已换单位，先在个人页改单位。"),
    "crew.own-pass": Sentence("不能给自己发通行证，没有发放。", "请办公室另一位办理。"),
    "crew.pass-decided": Sentence("通行证 {where} 已有结果，未作改动。", "重新打开名单；要新证就重新申请。"),
    "crew.pass-not-there": Sentence("没有这张通行证。", "从名单中选择。"),
    "crew.pass-unusable": Sentence("通行证不能这样办：{found}。未作改动。", "止期要晚于起期、且还没有过；不批或吊销要写原因。"),
    "crew.planned-already": Sentence("这个人在 {found} 已派在“{where}”，没有写入。", "换时间或换人，或先撤下那一条。"),
    "crew.roll-call-not-there": Sentence("没有这次点名。", "从列表中选择。"),
    "crew.roll-unusable": Sentence("点名只点该地点的人，每人为到、缺或请假，没有写入。", "重新打开点名页。"),
    "crew.rule-unusable": Sentence("入场规则不能这样写：{found}。没有写入。", "小时数 1 至 336，体温 35 至 40 ℃，并写明依据哪份通知。"),
    "crew.sign-up-decided": Sentence("其中 {found} 人已退出报名，未作改动。", "重新打开招募，从名单中选择。"),
    "crew.sign-up-not-there": Sentence("没有这条报名。", "从招募中选择。"),
    "crew.sign-up-unusable": Sentence("报名不全，或没有选中报名。没有写入。", "写齐姓名和手机号；未入选要写原因；从名单中选择。"),
    "crew.signed-up-already": Sentence("这个人已报过“{where}”，没有重复写入。", "看自己的页面，或问办公室。"),
    "crew.test-differs": Sentence("{where}（UTC）采样的这份检测已记有另一结果，没有写入。", "再看一遍结果；确是记错了，先撤回那一条并写明原因。"),
    "crew.test-unusable": Sentence("检测或体温不能是这样：{found}。没有写入。", "采样要在最近 31 天之内、不在将来；体温写成 36.5；撤回要写原因。"),
    "crew.unaccounted": Sentence("还有人没有点到：{found}。没有写入。", "去找他们，每人都要写到、缺或请假。"),
    "crew.unfit": Sentence("“{where}”不能上岗：{told_zh}。没有写入。", "补齐证明，或换人。"),
    "crew.shift-unusable": Sentence("这一班不可能是这样：{found}；应为：{expected}。未作改动。", "问清本人何时到、何时走再写；人和单位先登记。"),
    "crew.on-duty-already": Sentence("这个人在 {found} 已在“{where}”在岗，未作改动。", "先在那里签退，或更正那一班。"),
    "crew.shift-ended": Sentence("这一班已经签退（{found}），未作改动。", "时间不对就开更正单，由第二个人签字。"),
    "crew.shift-not-there": Sentence("没有这一班。", "从列表中选择。"),
    "supply.weight-misread": Sentence("{where} 称得 {found} 克不可能对（应在 {expected} 克左右），多半是单位写错。没有写入。", "重新读秤，连单位一起写。"),
    "supply.ticket-known": Sentence("这张磅单（{where}）已记为 {found}。没有写入。", "看那一次过磅；这次写它自己的磅单号。"),
    "supply.not-weighed-here": Sentence("这些车没有全部在同一地点过磅（{found}）。没有写入。", "选同一地点的过磅记录。"),
    "supply.weighing-not-there": Sentence("没有这次称重。", "从列表中选择。"),
    "supply.serial-known": Sentence("有的编号已经登记，或与已有编号看起来一样：{found}。没有写入。", "再读一遍编号；确实不同就注明。"),
    "supply.unit-elsewhere": Sentence("{where} 不在此处（现为 {found}），未作改动。", "刷新列表再看；借出的先收回，再借给别人。"),
    "supply.unit-not-there": Sentence("选中的物件有的查不到（{found} / {expected}）。未作改动。", "从借用物件列表中选择。"),
    "supply.unit-not-known": Sentence("没有这件借用物件。", "从列表中选择。"),
    "supply.nothing-to-pack": Sentence("按现有可用的料一包也装不成，缺：{found}。没有备料。", "补料、锁库，或征求还没有同意拼包的捐赠方。"),
    "supply.packs-have-left": Sentence("{where} 的包已有占用、装车或交付的，不能拆开。未作改动。", "先撤销占用；已经交付的在接收处更正。"),
    "supply.run-ended": Sentence("{where} 已经结束（{found}），未作改动。", "重新打开这一批查看；还要装的另开一批。"),
    "supply.run-not-there": Sentence("没有这一批装包。", "从装包列表中选择。"),
    "supply.refund-exceeds-draw": Sentence("{where}：要退 {found} 分，应为 {expected}。未作改动。", "核对到了多少、退过多少；预付的要先取消未到的货物。"),
    # needs
    "needs.figures-moved": Sentence("从您查看到现在，情况变了（{found}），与您看到的不同，未作改动。", "看新的清单，再确认。"),
    "needs.goods-differ": Sentence("两种物品的计量方式不同（{found}），不能算作同一需求或其中一部分，未作改动。", "请作为两条需求处理。"),
    "needs.nobody-counted": Sentence("这个社区还没有登记会用到这种物品的人，没有写入。", "先导入居委会的住户清单。"),
    "needs.number-missing": Sentence("回拨要打受援方自己公布的号码，并写明是哪一个，未作改动。", "选一个公布的号码，或写明打的是哪个号码；打给提出人的请另选。"),
    "needs.proof-unusable": Sentence("这份证明看不出任何内容，没有保存。", "上传公函照片、写明公告网址，或写清看到了什么。"),
    "needs.reason-missing": Sentence("请写明哪里不对，否则无法更正，未作改动。", "写下对方怎么说。"),
    "needs.still-holds": Sentence("它名下还有 {lots_count} 批货物、{promises_count} 笔在途的配给，不能并入别的名称，未作改动。", "反过来合并，或等在途货物签收，或先撤销这些配给。"),
    "needs.double-knows-more": Sentence("不再计算的那一条已经核实或有数量，要保留的那一条却没有，未作改动。", "改为保留另一条，或先核实要保留的那条、设定数量。"),
    "needs.tie-turns-back": Sentence("另一条需求已经算在这一条之内，整体不能是自己部分的一部分，未作改动。", "反过来登记，或先撤回以前的判定。"),
    "needs.tie-undone": Sentence("这个判定已经撤回，未作改动。", RELOAD),
    "needs.tied-already": Sentence("这条需求已经算在另一条之下，未作改动。", "先撤回以前的判定。"),
    "needs.use-unknown": Sentence("还没有人设定这种物品每人用多少，没有写入。", "先在“假设”中设定。"),
    "needs.allotment-moved": Sentence("这笔配给已有一部分出发（应为 {expected}，现余 {found}），未作改动。", "在途的部分用丢损报告或退回处理。"),
    "needs.amount-unclear": Sentence("需求要么写数量，要么写人数和天数，要么写明没有上限，三者选一。读到：{found}。", "问清受援方：多少人、多少天。"),
    "needs.earmark-broken": Sentence("这批货物有定向，不能给这个受援方或这种用途，没有占用。", "换别的货物；变更定向要两个人签字并有捐赠方的同意。"),
    "needs.need-closed": Sentence("这条需求已经取消，未作改动。", "需要时登记一条新的需求。"),
    "needs.need-looks-doubled": Sentence("这个受援方已经提过同一种物品，没有写入。", "修改原有需求的数量；确是另一条的，请勾选“同种物品的另一条需求”再提交。"),
    "needs.need-not-there": Sentence("没有这条需求。", "回到需求列表重新打开。"),
    "needs.pack-rule-unusable": Sentence("按这条规则数不出住户：{found}。未作改动。", "选一个已写下的套餐、一类住户，并写明几人一包（0 为每户一包）。"),
    "needs.not-enough-left": Sentence("余量不足：要 {found}，{expected}。没有占用。", "少分一些，或先撤销别的占用。"),
    "needs.not-relief": Sentence("这批货物在此地不是救援库存，没有占用。", "先锁库，或选用受赠的货物。"),
    "needs.nothing-to-share": Sentence("没有可分配的：{found}。", "给没有上限的需求设数量，续期过时的需求，或先锁库。"),
    "needs.standard-not-accepted": Sentence("受援方接受 {expected}；这批货物符合的标准是“{found}”。没有占用。", "选符合标准的货物，或询问受援方。"),
    # freight
    "freight.already-answered": Sentence("承运方已经答复：{found}。", "请指挥部另发一份方案。"),
    "sheets.negative-amount": Sentence("“{found}”小于零，数量不能是负数，没有读入。", "写实际有多少；没有就写 0。"),
    "freight.already-loaded": Sentence("方案中的运单 {where} 已经是“{found}”，方案没有撤销。", "重新做方案，接管还没有装车的部分。"),
    "freight.carrier-has-not-agreed": Sentence("{where} 的承运方还没有同意（{found}），车辆没有放行。", "把方案发给承运方，或打电话要答复。"),
    "freight.decided-by-same-person": Sentence("清点出多货的人不能自己决定来源，未作改动。", "请工作组的另一个人决定。"),
    "freight.driver-elsewhere": Sentence("司机{found}同一时间在运单 {other}（{plate}）上，不能又开运单 {where} 的车（{expected}）。未作改动。", "给两辆车中的一辆另指定这段时间有空的司机。"),
    "freight.goods-not-here": Sentence("{where}：要装 {expected}，此地按占用只有 {found}。未作改动。", "先收下运来其余货物的车，或填写留下多少。"),
    "freight.arrival-stands": Sentence(
        "运单 {where} 到达以后，{found} 已在那里签收或装车：车确实到过，没有改动。",
        "短少或破损请在收货时报告。",
    ),
    "freight.arrives-too-soon": Sentence(
        "运单 {where} 出发才 {since_min} 分钟，这段路计划要 {road_min} 分钟；没有记录到达。",
        "如果车确实已到，请确认；如果是按错了，不必做什么。",
    ),
    "freight.no-pass": Sentence("{found} 没有此刻有效的通行证，运单 {where} 不能进出封控区。没有记录。", "换有通行证的城内车辆，或先办通行证。"),
    "freight.not-all-loaded": Sentence("同一辆车还要在这里装运单“{found}”，尚未装车，运单 {where} 不能先出发。未作改动。", "请仓管把这些运单也装上；不装的，请指挥部取消。"),
    "freight.not-where-it-came-from": Sentence("运单 {where} 拒收的货物不是从“{found}”来的，司机只能运回来处（{expected}）。未作改动。", "运回来处；要运往别处，请指挥部决定。"),
    "freight.nothing-to-move": Sentence("没有可运的货物或可询问的承运方（{where}）。", "车辆空走时取消运单。"),
    "freight.signature-missing": Sentence("运单 {where} 缺少应有的签收。", "到受援方的由司机请收货人签名；到中转仓的由仓管收货。"),
    "freight.too-early": Sentence(
        "运单 {where} 最早 {expected} 出发，现在 {found}。车辆没有放行。", "{expected} 再发车：方案定的出发时间，或为装货地定的最早时间之前，任何车都不放行。要提前走，请打电话给指挥部的值班人，由指挥部在这张运单上写明理由放行。",
        en="Waybill {where} leaves at {expected} at the earliest; it is {found} now. The truck was not let go.",
    ),
    "freight.truck-does-not-fit": Sentence("车辆 {where} 不合适：{found}（可载 {expected}）。未作改动。", "换同一承运方的、够大的、空着的车，或重新计划。"),
    "freight.truck-elsewhere": Sentence("车辆 {where} 同一时间在运单 {found} 上，不能再用于这一趟（{expected}）。未作改动。", "换这段时间空着的车，或先收完那张运单的货。"),
    "freight.truck-not-named": Sentence("运单 {where} 还没有指定车辆。", "问承运方来哪辆车，并指定。"),
    "freight.waybill-moved": Sentence("运单 {where} 现在是“{found}”，这一步没有办。", "重新打开运单：这一步已经办过，或前一步还没有办。"),
    # telephones of couriers
    "delivery.pairing-unusable": Sentence("这个码打不开：已用过、过时了，或有一位不对。手机没有设置。", "请站长再给一个码。"),
    "web.not-set-up": Sentence("这部手机还没有设置，未作任何改动。", "请站长给一个码，在手机上输入。"),
    "api.unusable-request": Sentence("手机发来的内容读不懂，没有写入。", "问送货的人做了什么，由站点自己记。"),
    "web.unusable-act": Sentence("手机发来的内容读不懂，没有写入。", "在手机上刷新页面，再发送。"),
}  # fmt: skip

# Of one code that stands for several causes, by the field it names.
SENTENCES_OF_FIELD: dict[tuple[str, str], Sentence] = {
    ("release.draw-unusable", "number"): Sentence(
        "这不是登记时所用证件的号码，未作改动。", "对照证件再读一遍，或核对这是谁的登记。"
    ),
    ("release.draw-unusable", "why"): Sentence("要写明理由（{expected}），未作改动。", "写下本人怎么说。"),
    ("release.draw-unusable", "nonce"): Sentence(
        "这不是登记时的随机数，原登记不变。", "照这一份登记的回执抄写；改过的，照最新的回执。"
    ),
    ("release.draw-unusable", "closes_at"): Sentence(
        "未中签的自动参加下一次，名单不能在另一次摇号的截止和摇号之间截止：{found}，应为 {expected}。没有公告。",
        "改为在那次摇号之后截止，或让随机数在那次截止之前公布。",
    ),
    ("release.draw-unusable", "signature"): Sentence("签名不是十六进制，没有摇号。", "照信标公布的原样复制。"),
}
# Why the book refuses a line; the first refused line says it for all.
BOOK_CODES = {
    "same-account": "转出和转入是同一账户",
    "earmark-forbids": "定向不允许给这个受方",
    "not-enough-left": "没有那么多未占用的",
    "line-malformed": "这笔流转写得不完整",
    "unknown-hold": "没有这笔占用",
    "hold-mismatch": "与占用的来源、去向或批次不符",
    "hold-ended": "这笔占用已经结束",
    "hold-exceeded": "超过这笔占用余下的数量",
    "hold-not-expired": "这笔占用还没有到期",
    "hold-expired": "这笔占用已经到期",
    "unknown-movement": "没有要更正的那笔流转",
    "correction-mismatch": "更正要按原路退回",
    "correction-exceeded": "超过要更正的数量",
    "conversion-ratio": "拼包的用料与成品和登记的配比不符",
    "conversion-incomplete": "同一次拼包的另一行没有通过",
    "owner-changed": "拼包会使一家的物资变成另一家的",
    "id-reused": "这个编号已用于另一笔",
    "amount-not-positive": "数量要大于 0",
    "amount-too-large": "数量太大",
    "unknown-lot": "没有这个批次",
    "unknown-account": "没有这个账户",
}

_PHRASES = (
    (re.compile(r"^(\d+) were asked for; (\d+) are free there\.$"), r"要 \1，未占用的只有 \2"),
    (re.compile(r"^after (.+), with nobody standing by$"), r"\1 以后、没有人候补时"),
    (re.compile(r"^(.+) or later: 30 minutes for the list to be published$"), r"\1 或更晚（名单公布要 30 分钟）"),
    (re.compile(r"^(.+) bytes in lower-case hex$"), r"小写十六进制，\1 字节"),
    (re.compile(r"^0 or 48 or 96 bytes$"), "48 或 96 字节"),
    (re.compile(r"^the chain's own for round (\d+)$"), r"第 \1 轮自己的签名"),
    (re.compile(r"^(.+), as announced$"), r"公告的 \1"),
    (re.compile(r"^nothing: rounds of this chain do not follow each other$"), "空着：这个信标各轮互不相连"),
    (re.compile(r"^SHA-256 of the signature$"), "签名的 SHA-256"),
    (re.compile(r"^none: a beacon was announced$"), "空着：公告的是信标"),
    (re.compile(r"^at least units_each \((\d+)\)$"), r"至少 \1，即每人的数量"),
    (re.compile(r"^at least one entry$"), "至少一人登记"),
    (re.compile(r"^a round of our days$"), "当今的一轮"),
    (re.compile(r"^a weight_max and strata of 1: lottery numbers know neither$"), "每人机会相同：彩票号码不认权重"),
    (re.compile(r"^at most (\d+) winners and standby together$"), r"中签和候补合计最多 \1"),
    (re.compile(r"^at least one drawing$"), "至少一次开奖"),
    (re.compile(r"^a name and 1 to 100 numbers$"), "名称和 1 至 100 个号码"),
    (
        re.compile(r"^not from (.+) to (.+), and its beacon before or after as well$"),
        r"不在 \1 至 \2 之间，随机数也在其前或其后公布",
    ),
    (re.compile(r"^1 to (\d+) characters$"), r"1 至 \1 个字"),
    (re.compile(r"^(\d+) digits$"), r"\1 位数字"),
    (re.compile(r"^an act that can be read$"), "读得懂的操作"),
    (re.compile(r"^orders of this day that were not given up, and a reason$"), "这一天没有退掉的订单，并写明原因"),
    (re.compile(r"^0 to what was ordered$"), "0 至所订的份数"),
    (re.compile(r"^(-\d+) to (\d+), not 0$"), r"\1 至 \2，不为 0"),
    (re.compile(r"^(\d+) arrivals, (\d+) not sprayed$"), r"到货 \1 次，其中 \2 次没有消毒"),
    (re.compile(r"^parcels given up, or visited as often as the rule says$"), "已放弃的，或已按规则次数上门的"),
    (re.compile(r"^1 to (.+), and a means$"), r"1 至 \1，并写明用什么消毒"),
    (re.compile(r"^within a day of (.+)$"), r"\1 前后一天之内"),
    (re.compile(r"^at most (\d+) characters$"), r"最多 \1 个字符"),
    (re.compile(r"^at most (.+), and (.+) fen$"), r"最多 \1，金额最多 \2 分"),
    (re.compile(r"^at most (.+) fen$"), r"最多 \1 分"),
    (re.compile(r"^(\S+) to (\S+) fen$"), r"\1 至 \2 分"),
    (re.compile(r"^at most (\d+) h$"), r"最多 \1 小时"),
    (re.compile(r"^([\d.]+) h$"), r"\1 小时"),
    (re.compile(r"^until (.+)$"), r"\1 之前"),
    (re.compile(r"^at the latest (.+)$"), r"最晚 \1"),
    (re.compile(r"^no more: it has ended$"), "不能再订：已经结束"),
    (re.compile(r"^(\S+) to (\S+) cartons$"), r"\1 至 \2 箱"),
    (re.compile(r"^(\S+) cartons$"), r"\1 箱"),
    (re.compile(r"^(\S+) lines$"), r"\1 行"),
    (re.compile(r"^(\S+) taken in, (\S+) refused$"), r"收下 \1，拒收 \2"),
    (re.compile(r"^parcels with a sender$"), "写明寄件方的包裹"),
    (re.compile(r"^parcels of this station$"), "本站的包裹"),
    (re.compile(r"^something still to come$"), "还有未到的货物"),
    (re.compile(r"^1 or more$"), "1 或以上"),
    (re.compile(r"^one of the three$"), "三者之一"),
    (re.compile(r"^three figures above 0$"), "三个大于 0 的数"),
    (re.compile(r"^quantity (.+), people (.+), days (.+), no limit (.+)$"), r"数量 \1，人数 \2，天数 \3，不限 \4"),
    (re.compile(r"^people (.+), days (.+), daily use (.+)$"), r"人数 \1，天数 \2，每天用量 \3"),
    (re.compile(r"^(\d+) needs would change now$"), r"现在会改变 \1 条需求"),
    (re.compile(r"^(\d+) needs, (\d+) offers, (\d+) funds$"), r"\1 条需求，\2 条报价，\3 笔资金"),
    (re.compile(r"^at least one of each$"), "每样至少一条"),
    (re.compile(r"^(.+) into (.+)$"), r"\1 并入 \2"),
    (re.compile(r"^(.+), or another code$"), r"\1，或换一个编码"),
    (re.compile(r"^a name and a code such as n95-mask$"), "名称和编码，例如 n95-mask"),
    (re.compile(r"^(.+) pieces, (.+) mm, (.+) g$"), r"\1 件，\2 毫米，\3 克"),
    (re.compile(r"^whole numbers from 1$"), "从 1 起的整数"),
    (re.compile(r"^void$"), "已作废"),
    (re.compile(r"^an id that a list of this house shows$"), "列表中显示的编号"),
    (re.compile(r"^a name, an alias or an id of the register$"), "名单中的名称、别名或编号"),
    (re.compile(r"^a person of the register, a place, what they do$"), "登记过的人、地点和做的事"),
    (re.compile(r"^a reason, and both moments or none$"), "理由，起止时间都写或都不写"),
    (re.compile(r"^(.+) – (.+) UTC$"), r"\1 至 \2（世界时）"),
    (re.compile(r"^an end after the beginning, and not in the future$"), "结束晚于开始，且不在将来"),
    (re.compile(r"^one place at a time$"), "同一时间只在一处"),
    (re.compile(r"^1 to 7 days, a pause of 1 day or more$"), "1 至 7 天，间隔 1 天或以上"),
    (re.compile(r"^limits of the whole round, or none$"), "只对整轮限载，或不限"),
    (re.compile(r"^capacity\.limits$"), "限载"),
    (re.compile(r"^a name$"), "名称"),
    (re.compile(r"^0 to 1$"), "0 至 1"),
    (re.compile(r"^the duty everywhere$"), "不限地点的职责"),
    (re.compile(r"^each household once$"), "每户一次"),
    (re.compile(r"^at least one person$"), "至少一人"),
    (re.compile(r"^a whole number from 0 to (\d+)$"), r"0 至 \1 的整数"),
    (re.compile(r"^a registered community$"), "登记过的社区"),
    (re.compile(r"^(.*), (\S+) m, (\S+) s$"), r"\1，\2 米，\3 秒"),
    (re.compile(r"^(.+); for air and rail also the time$"), r"\1；航空和铁路还要写时间"),
    (re.compile(r"^no coordinates$"), "没有坐标"),
    (re.compile(r"^the lane's length, or the points of both sites$"), "线路长度，或两端的坐标"),
    (re.compile(r"^two numbers, or none$"), "两个数，或都不写"),
    (re.compile(r"^latitude -90 to 90, longitude -180 to 180$"), "纬度 -90 至 90，经度 -180 至 180"),
    (re.compile(r"^docks from 1, seconds from 0$"), "月台数从 1 起，装卸秒数从 0 起"),
    (re.compile(r"^docks_count, service_s$"), "月台数、装卸时间"),
    (re.compile(r"^lat, lon$"), "纬度、经度"),
    (re.compile(r"^batches, kinds, late_prices$"), ""),
    (re.compile(r"^frozen_leg_ids, events$"), ""),
    (re.compile(r"^pack rule$"), "配包规则"),
    (re.compile(r"^set up$"), "安装"),
    (re.compile(r"^evidence (\d+)$"), r"凭证 \1"),
    (re.compile(r"^at most (.+)$"), r"最多 \1"),
    (re.compile(r"^at least (.+)$"), r"至少 \1"),
    (re.compile(r"^(\S+|\d\d-\d\d \d\d:\d\d) to (\S+|\d\d-\d\d \d\d:\d\d)$"), r"\1 至 \2"),
    (re.compile(r"^not before (.+)$"), r"不早于 \1"),
    (re.compile(r"^before (.+)$"), r"早于 \1"),
    (re.compile(r"^from (.+) on$"), r"\1 起"),
    (re.compile(r"^after (.+)$"), r"晚于 \1"),
    (re.compile(r"^(\d+) characters or more$"), r"至少 \1 个字符"),
    (re.compile(r"^(\d+) needs, (\d+) lots$"), r"\1 条可计数的有效需求，\2 批可用货物"),
    (re.compile(r"^(\d+) arrived, (\d+) damaged$"), r"到货 \1，损坏 \2"),
    (re.compile(r"^a number or a moment as the field has them$"), "通常大小的数字或时间"),
    (re.compile(r"^not asked$"), "还没有询问"),
    (re.compile(r"^line (\d+)$"), r"第 \1 行"),
    (re.compile(r"^lines (.+)$"), r"第 \1 行"),
    (re.compile(r"^([\d,]+) bytes$"), r"\1 字节"),
    (re.compile(r"^([\d,]+) pixels$"), r"\1 像素"),
    (re.compile(r"^another person$"), "另一个人"),
    (re.compile(r"^a code or a waybill number$"), "短码或运单号"),
    (re.compile(r"^a door or a parcel$"), "门牌或包裹"),
    (re.compile(r"^a parcel of the link's own$"), "这个链接自己的包裹"),
    (re.compile(r"^a shelf$"), "货架"),
    (re.compile(r"^a station$"), "站点"),
    (re.compile(r"^a party of the register$"), "登记过的单位"),
    (re.compile(r"^an end after the beginning$"), "结束晚于开始"),
    (re.compile(r"^a community that was opened$"), "已登记的小区"),
    (re.compile(r"^the token of a shift$"), "班次口令"),
)
_OF_A_PAPER = re.compile(r"(?:announcement|close|beacon)\.json: (\w+)")
SHOWN_MAX = 40  # signs of a signature or a hash that a refusal repeats
_FIELD = re.compile(r"[a-z_]+(?:_(?:\d{1,5}|[0-9a-f-]{36}))?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)")


class _Fact(str):
    """`{found:none}` says in words that there is nothing."""

    def __format__(self, spec: str) -> str:
        return str(self) or ("无" if spec == "none" else "")


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return _Fact("")


def said(refusal: BaogongError) -> Said:
    """What was found, what is allowed, what happened, what to do: in the visitor's language."""
    sentence = _sentence_of(refusal)
    where, found, expected = (_shown(part) for part in (refusal.where, refusal.found, refusal.expected))
    if _FIELD.fullmatch(where):  # a program's word for a field says nothing to a person
        # A room may call a field otherwise than the others: a code of a release is none that is read out on the telephone.
        where = label_of(where, refusal.code.partition(".")[0])
    if sentence is None or not (is_chinese() or sentence.en):
        return Said(refusal.message, where, found, expected, refusal.cure)
    facts = _Facts({name: _shown(value) for name, value in refusal.data.items()})
    if refusal.code == "draw.unfit":
        facts["faults"], where = _faults_of_draw(refusal), ""
    if refusal.code == "ledger.batch-refused" and is_chinese():
        found = _of_book(refusal, found)
    facts |= {"where": where, "found": found, "expected": expected, "message": refusal.message, "cure": refusal.cure}
    facts = _Facts({name: _Fact(text) for name, text in facts.items()})
    if not is_chinese():
        return Said(sentence.en.format_map(facts), where, found, expected, refusal.cure)
    if refusal.code == UnusableInput.code and (told := in_chinese(refusal.message)) is not None:
        return Said(told[0], where, found, expected, told[1])
    message = _without_gaps(sentence.zh.format_map(facts))
    return Said(message, where, found, expected, sentence.cure_zh.format_map(facts))


def _sentence_of(refusal: BaogongError) -> Sentence | None:
    if isinstance(refusal, NotYourPlace) and refusal.data.get("is_place_wrong"):
        return NOT_THIS_PLACE
    if isinstance(refusal, NotYourPlace) and refusal.data.get("is_house_wide"):
        return NOT_THE_WHOLE_HOUSE
    of_field = SENTENCES_OF_FIELD.get((refusal.code, str(refusal.where))) if is_chinese() else None
    return of_field or SENTENCES.get(refusal.code)


def _faults_of_draw(refusal: BaogongError) -> str:
    """Each fault of the draw's papers with the label of its field and its moments on the house's clock."""
    told = []
    for fault in refusal.data.get("problems", ())[:5]:
        name = _OF_A_PAPER.sub(r"\1", str(fault["where"]))
        found, expected = _shown(fault["found"]), _shown(fault["expected"])
        label = label_of(f"{name}_at" if name in ("beacon", "fallback") else name, "draw") or name
        if len(found) > SHOWN_MAX:
            found = f"{found[:SHOWN_MAX]}…"
        told.append(_("%(label)s is “%(found)s”, needed is %(expected)s") % {"label": label, "found": found, "expected": expected})  # fmt: skip
    return ("；" if is_chinese() else "; ").join(told)


def _of_book(refusal: BaogongError, found: str) -> str:
    """Why the book refuses: its first line's words where they have Chinese, else what its code means."""
    first: Mapping[str, Any] = next(iter(refusal.data.get("refused", ())), {})
    message = str(first.get("message", ""))
    told = _shown(message)
    return told if told != message else BOOK_CODES.get(found, found)


def in_one_paragraph(refusal: BaogongError) -> str:
    """The refusal as a notice; the cure last."""
    parts = said(refusal)
    where = _("Where: %s.") % parts.where if parts.where and parts.where not in parts.message else ""
    return " ".join(part for part in (parts.message, where, parts.cure) if part)


def as_kept(error: Mapping[str, Any]) -> str:
    """A refusal that was kept in the shape it was answered in, as a notice."""
    facts = {name: value for name, value in error.items() if name not in ("code", "message")}
    refusal = BaogongError(str(error.get("message", "")), **facts)
    refusal.code = str(error.get("code", refusal.code))
    return in_one_paragraph(refusal)


def _shown(value: Any) -> str:
    """A fact as people write it: lists with commas, codes by their names, moments on the local clock, no ids."""
    if isinstance(value, UUID):
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, Iterable) and not isinstance(value, str):
        joint = "、" if is_chinese() else ", "
        return joint.join(filter(None, (_shown(part) for part in value)))
    text = str(value)
    if all(_is_id(part) for part in text.split()):
        return ""
    text = _MOMENT.sub(lambda moment: _local(moment.group()), text)
    if is_chinese():
        plain = text = faults_in_chinese(text)
        for pattern, chinese in _PHRASES:
            text = pattern.sub(chinese, text)
        if text == plain:
            text = told_by_a_reader(text)
    return word(text) if text.isupper() else text


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _local(text: str) -> str:
    return timezone.localtime(datetime.fromisoformat(text)).strftime("%m-%d %H:%M")


def _without_gaps(text: str) -> str:
    """A fact that was not told leaves no empty brackets or quotes behind."""
    text = text.replace("是不是：？", "")
    for empty in ("（）", "“”", "：。", "，。"):
        text = text.replace(empty, "。" if empty.endswith("。") else "")
    return text
