"""Words and signs that more than one step of reading a line knows."""

from __future__ import annotations

import re

from baogong.engine.chain.menu import Menu
from baogong.engine.chain.pairing import STRONG
from baogong.engine.chain.tokens import Token

QUANTITY_MAX = 9_999
PAID = re.compile(
    "(?<!未)(?<!没)(?:已(?:付|转|支付|打款|缴)|付款|付了|付过|转账|转了|转过|红包已发|PAID)", re.IGNORECASE
)
A_NOTE = re.compile(
    "不|少[放加油盐糖辣]|多[放加油盐糖辣]|微辣|中辣|特辣|免|请|麻烦|谢(?!$)|感谢|辛苦|放|送|帮|代|替|给|已|未付|没付|付[款了过]|转账|微信|支付宝|收款|"
    "电话|手机|到[货了时家楼门]|家[里中有]|在家|隔离|独居|行动不便|有[老小孩]|孩子|老人|急|等|可以|如果|要|最好|尽量|发票|备注|自提|门口|楼下|一起|合单|跟|同|补|还|再|也|另|这|那"
)
"""What begins a note."""
GOODS_UNIT = re.compile("[盒箱袋瓶桶斤板罐捆篮颗枚包条]$")
"""Of what one hardly says of whom: 厄贝沙坦3盒 behind a door, where no menu says what is on offer."""
BESIDE = re.compile(
    "(?:请|麻烦|帮我|我?要|[都全先也已]|全部|已经)?(?:"
    "退(?![热烧黄休伍役])|撤|删|划掉|去掉|算了|更[正改]|纠正|换|上次|上回|昨[天日晚]|前[天日]"
    "|收到|重复|忽略|无视|测试|误[点接填发]|[点填写打]错|[还尚]没(?![付转给])|没[到收拿送给]|未[到收]|[少多](?:了|送|给|收|$)|[送发拿给][错少漏]|漏(?![勺斗])|缺|坏[了的]|错|烂|臭|变质|过期"
    "|还有(?:吗|没|么|货|[?])|不吃了?$|不能吃$|没有?$|对$|忌|除了?$|(?:一共|总共|合计|总计|共计|共)$)"
)
"""Words that take back, refuse, report or compare: beside an item they do not order it."""
BEHIND_ITEM = re.compile("过敏|[?]|[吗呢么嘛]$|收到|到了|没|还有|不吃|不能|怎么|什么|多少")
TAKEN_BACK_ASIDE = re.compile(
    r"[(\[【][^()\[\]【】]*?(?:"
    r"退(?![热烧黄休伍役潮])|(?:不|没|别)(?:需要|想要|要|用|订|买|送|来|接)(?:[了啦]+|[.。!~ ]*(?:[)\]】]|$))|算了|作罢|放弃|撤|删|划掉|无效|缺货|卖完"
    r"|REFUND|NO\ LONGER|NOT\ NEEDED|(?:[(\[【]|已|先)[弃停]\ *[)\]】])"
)
"""In brackets behind an order it may take it back: A1（已退）, A1（不需要了）; A1（不要葱） does not."""
CORRECTED_ASIDE = re.compile(
    r"[(\[【][^()\[\]【】]*?(?:更[正改]|纠正|改|换|变|(?:写|报|填|点|弄|打|搞)[错多少]|实际|其实|应[该为是]?|现在?|后来|最[后终]|只[要订有]|而?不是|ACTUALLY|CHANGED?)"
    r"[^()\[\]【】\d]*?(?:\d|[一二两三四五六七八九十俩仨]\ ?(?:份|套|盒|箱|袋|个|[)\]】]))"
    r"|[(\[【][^()\[\]【】]*?(?:更[正改]|纠正|(?:写|报|填|点|弄|打|搞)错)"
)
"""In brackets behind an order it may say another number than the order does: A2（改3份）, A2（实际要3份）."""
_SPOKEN = "一二两三四五六七八九十俩仨"
A_NUMBER_ALONE = re.compile(
    rf"(?:^|\s)(?:[{_SPOKEN}壹贰叁肆伍陆柒捌玖拾]{{1,3}}|ONE|TWO|THREE|FOUR|FIVE|SIX|TEN)$", re.IGNORECASE
)
"""3-104 十, 3-201 张 五: where no quantity is said, it is hardly the end of a name."""
NOT_SETTLED = re.compile("[同如]上|同前|同楼[上下]|同一楼|一样")
"""Says how many by another line: 3-102 同上."""
UNDECIDED = re.compile("不[确一]定|待定|未定|再定|看情况|考虑")
ODD_FIGURE = re.compile("[²³¹⁰⁴-⁹₀-₉Ⅰ-ⅿ]|^(?:份|盒|箱|袋|套)(?:$|\\s)")
"""A², AⅡ份; and a unit whose number went into the room: 3-1042份."""
DOOR_IN_NAME = re.compile(r"(?:^|\s)(?:\d{1,3}(?:号?门|[~.～])\d{3,4}|[零〇一二三四五六七八九幺]{3,4})(?:室|房)?$")
"""九零二 A1, 3~502 A1: what was taken for a name is a door."""
_ITEM_AND_NUMBER = re.compile(rf"(.+?)[{_SPOKEN}]")
STRUCK = re.compile(r"[❌❎✗✘🚫⛔\u0335-\u0338]|(?<![^ ,;(])×(?=[,;)]|\ *$)")
"""A sign that strikes out what it stands beside, or perhaps belongs to a name: A1份 ❌."""
HAS_LETTER = re.compile(r"[^\W_]")
EDGES = "-:：—.·"
WORD, PLACE, ITEM, COUNT, BEFORE, TOTAL, EACH, NUMBER, LETTER = (
    Token.WORD, Token.PLACE, Token.ITEM, Token.COUNT, Token.BEFORE, Token.TOTAL, Token.EACH, Token.NUMBER, Token.LETTER,
)  # fmt: skip
CANCEL, CHANGE, OPEN, CLOSE, NOTE = Token.CANCEL, Token.CHANGE, Token.OPEN, Token.CLOSE, Token.NOTE
COUNTED_OR_NAMED = {ITEM, *STRONG}
ITEMLIKE = {ITEM, LETTER}


def is_name(word: str) -> bool:
    return HAS_LETTER.search(word) is not None and word[0] not in EDGES and word[-1] not in "-:："


def names_so_many(menu: Menu, name: str) -> bool:
    """B俩, where the menu has B: perhaps no name."""
    found = _ITEM_AND_NUMBER.fullmatch(name.upper())
    return found is not None and (found[1] in menu.codes or menu.like(found[1]) is not None)
