"""The words of zone notices, as patterns over half-width text: headings, numbers, dates, exceptions, all others, prose."""

from __future__ import annotations

import re

from baogong.engine.sheets.house_numbers import STEMS
from baogong.engine.sheets.names import city_names, province_names
from baogong.engine.zones.reading import State

STATES = {"封控": State.SEALED, "管控": State.CONTROLLED, "防范": State.PRECAUTION}
NUMBER = rf"(?:[{STEMS}A-Z]?\d{{1,5}}(?:-\d{{1,3}}(?=(?:号楼|#|幢|栋|座)))?[{STEMS}A-Z]?|[A-Z](?=座|栋|幢|号楼|单元)|[{STEMS}](?=座|栋|幢|号|单元))"
LANE, VILLAGE_PART = "支弄|弄", "村民组|小组|组|队|宅"
BUILDING, DOOR, UNIT = "号楼|#楼|#|幢|栋|座", "号", "单元|号门|门"
DOOR_LETTER = rf"号[{STEMS}](?![座栋幢号单支])"
SUFFIX = f"{LANE}|{VILLAGE_PART}|{BUILDING}|{UNIT}|{DOOR_LETTER}|{DOOR}"
# Between the parts of one address: 541弄 12号 · 541弄·12号 · 541弄：12号.
JOINT = r" *[.·•・‧:/|]? *"
TAIL = rf"(?: *({SUFFIX})|(?![\d日月年个例处]))"
BETWEEN = r" *(?:[、,，;；和及与]|以及)? *"
ITEM = re.compile(rf"第?({NUMBER}){TAIL}(?: *(?:-|至|到) *第?({NUMBER}){TAIL})?")
ROOM = re.compile(r"\d{1,5} *(?:室|房|户)")
LIST = re.compile(rf" *[:,、.·•・‧/|]? *(?:第?{NUMBER} *(?:[、,和]|-|至|到) *)*第?{NUMBER} *(?:{SUFFIX})")
SEPARATOR = re.compile(r"[\s、,，;；。.:：\-·•・‧|/]+|(?:以及|及|和|与)(?=\S)")
STREET = re.compile(
    r"([\u4e00-\u9fff]{1,12}?(?:公路|大道|大街|支路|胡同|路|街|道|巷))(?![\u4e00-\u9fff]*(?:街道))(?=\s*(?:[.·•・‧]?\s*第?\d|[自从至到]\s*\d|解封|[(]|全路|全线|全段|沿线|其余|其他|除|均|都|全部|为[封管防]|[、,;。\n)]|$|:))"
)
CITIES = "|".join(sorted(city_names() | set(province_names()), key=lambda name: (-len(name), name)))
ADMIN = re.compile(
    rf"(?:(?:{CITIES})市)?(?:[\u4e00-\u9fff]{{2,4}}?(?:新区|(?<![小社园院街一二三四五六七八九十东西南北])区|县))?"
    r"(?:[\u4e00-\u9fff]{2,6}?(?:街道|镇|乡|工业区))?"
)
HEADING = re.compile(
    r"[ \t]*(?:第?[一二三四五六七八九十]{1,3}[、.．)]|[(][一二三四五六七八九十\d]{1,3}[)]|\d{1,2}[.．、)]\s*(?=[封管防]))?[ \t]*[【\[《]?[ \t]*(?:划定|列为|以下为|以下|新增|本轮|各类|调整为)?[ \t]*"
    r"(?P<state>封控|管控|防范)(?:区域|区|小区|单元)?(?:范围|名单|清单|列表|如下|情况|明细|为|包括|具体)*[】\]》]?"
)
COUNT = re.compile(
    r"[(]\s*(?:共|合计|总计)?\s*\d+\s*(?:个|处|家|条|栋|户)(?:小区|区域|点位|单元|地址)?\s*[)]|(?:共|合计|总计)\s*\d+\s*(?:个|处|家|条|栋|户)(?:小区|区域|点位|单元|地址)?"
)
_TIME = r"(?:\s*\d{1,2}\s*(?:时|点|:\d{2}))?"
DATE = re.compile(
    r"(?P<before>(?:自|从|于|至|到|截至|截止|-)?)\s*(?:(?P<year>\d{4})\s*年)?\s*(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*日"
    rf"{_TIME} *(?:(?:起|开始)? *(?:-|至|到|截至)\s*(?:(?P<last_year>\d{{4}})\s*年)?\s*(?:(?P<last_month>\d{{1,2}})\s*月)?\s*(?P<last>\d{{1,2}})\s*日{_TIME})?"
    r" *(?P<after>(?:起|始|止|前|后|零时|公布|发布|更新|解封|解除(?:封控|管控)?)*)"
)
ZONES = r"(?:封控|管控|防范)(?:区域|区)?(?: *[、,和及与] *(?:封控|管控|防范)(?:区域|区)?)*"
AREA = "区域|地址|地区|住宅|小区|居民区|门牌|号码|点位|部分|范围"
# 除上述区域外的 · 封控区、管控区以外的: what is left when all that the notice names is taken out
BESIDES = (
    rf"(?:除(?:了|去)? *(?:本|上述|以上|前述|上列|所列|的)*(?:{ZONES}|{AREA}) *(?:以外|之外|外)"
    rf"|(?:上述|以上|前述)?{ZONES}(?:以外|之外)) *的? *[,、]? *"
)
ALL_OTHERS = re.compile(
    rf"(?P<besides>{BESIDES})?(?P<wide>(?:(?:全|本|该)?(?:街道|[市区镇县乡])|辖区|(?:(?!请|将|应|须|由|对)[\u4e00-\u9fff]){{2,6}}?(?:街道|镇|乡)(?=内?的?(?:其余|其他|其它|剩余)))(?:范围)?内?的?)?(?:该[路街]|以上|上述)?(?:以外的?)?(?:所有的?)?"
    rf"(?(besides)(?:(?:其余|其他|其它|剩余)的?|(?={AREA}|均|都|一律|全部))|(?:其余|其他|其它|剩余)的?)"
    rf"(?:(?P<unit>单元)|(?P<house>号楼|楼栋|楼宇|楼幢|楼|栋|幢|号(?!码))|(?:{AREA})(?:小区|区域)?)?"
)
OTHERS_WORD = re.compile("其余|其他|其它|剩余|以外|之外")
# Not 封控区内居民足不出户: what those in a zone do says nothing of where it is.
STATE_WORD = re.compile("(?:封控|管控|防范)(?!(?:区域|区)?(?:内|里)?的?(?:居民|人员|人))")
PARITY = re.compile(
    r"(?P<open>[(])? *(?:均为|仅|只|限|含)*(?:(?P<odd>[单奇])|[双偶])数?(?:门牌号?|号楼|[号弄楼栋幢侧边])(?:门牌)?(?(open) *[)])"
)
BECOMES = re.compile(
    r"(?:全部|一律|均|都|皆)?(?:划定|划分|列|定|调整|划|降级|转|实行|实施|属于|属)?(?:为|成|按)?(?P<state>封控|管控|防范)(?:区域|区)?(?:管理|措施)*"
)
AMONG = re.compile(r"其中 *[:,、]? *")
_LIFT = r"(?:即日起|今起|现已|现|已|全部|一律|均|都|正式|予以|给予|可以|可)*(?:解封|解除(?:封控|管控|防范|封闭)(?:区域|区)?(?:管理|措施)*)"
LIFTED = re.compile(_LIFT)
# 三、解封区（2个）· 以下小区予以解封：
LIFTED_HEADING = re.compile(
    r"[ \t]*(?:第?[一二三四五六七八九十]{1,3}[、.．)]|[(][一二三四五六七八九十\d]{1,3}[)]|\d{1,2}[.、)])?[ \t]*[【\[《]?[ \t]*(?:以下|下列|本轮|新增)?(?:小区|区域|地址|楼栋)?"
    rf"{_LIFT}(?:区域|区|小区|单元|楼栋)?(?:范围|名单|清单|列表|如下|情况|明细|为|包括)*[】\]》]?(?= *(?:[(:\n]|$))"
)
# Where a compound's name ends though letters follow.
NAME_ENDS = re.compile(
    rf"其余|其他|其它|其中|均为|都为|为封控|为管控|为防范|除外|以外|之外|除(?!夕)|不含|不包括|不包含|剔除|{_LIFT}|[自从于至到](?= *(?:\d{{4}} *年 *)?\d{{1,2}} *月)|第(?=\d)"
    rf"|[A-Z{STEMS}](?=座|栋|幢|号楼|单元)"
)
WHOLE = re.compile(r"(?:全路|全线|全段|沿线|全部)(?:段)?")
EXCEPT_BEFORE = re.compile(r"(?:除去|除了|除(?![外夕])|(?P<alone>不含|不包括|不包含|剔除))")
EXCEPT_AFTER = re.compile(
    r"(?:除外|以外的?|之外的?|外(?!\w))|外(?=[,，、]?(?:其余|其他|其它|均|全部|都|为|封控|管控|防范|实行))"
)
# Whatever may turn a list into its opposite; not 解除, which is a lifting.
EXCEPTING = re.compile(
    r"(?<![解消清拆免删])除(?!夕)|以外|之外|不含|不包括|不包含|不计|不在(?:内|此列|其内|其中)|[不未]列入|[不未]纳入|不属于|例外|扣减|豁免|[不未非无]予?(?:封控|管控|封闭|防范|封(?=[)、,;。\n]|$))"
)
VILLAGE = re.compile(r"([\u4e00-\u9fff]{1,10}(?:村|居委|社区|居民区))(?=\s*第?\d)")
NAMED = re.compile(
    r"[\u4e00-\u9fffA-Z](?:[\u4e00-\u9fffA-Z]|·(?!\d)){1,19}(?:[(](?!除|不含|不包|剔除|[^)]*外[)])[\u4e00-\u9fff\dA-Z]{1,6}[)])?(?:[一二三四五六七八九十\d]{1,3}(?:期|区|村|街坊)(?:[东南西北])?)?"
)
PROSE = re.compile(
    r"的|是指|请|将|应|须|已|了|把|被|根据|按照|为进一步|为了|市民|居民|疫情|防控工作|通告|公告|通知|公布|发布|现将|实行|落实|严格|期间|措施|健康|核酸|检测|病例|感染|原则|"
    r"要求|规定|解除|动态|调整|划分|更新|截至|如下|名单|范围|领导小组|指挥部|办公室|附件|来源|说明|备注|注意|足不出户|人不出|服务|上门|管理|类别|序号|地址$|三区"
)
