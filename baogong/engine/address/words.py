"""The words of addresses, as patterns over plain text (signs.py), and the sentences for what is doubtful."""

from __future__ import annotations

import re
from enum import IntEnum

from baogong.engine.sheets.house_numbers import STEMS
from baogong.engine.sheets.names import city_names, province_names


class Word(IntEnum):
    """What the word behind a number makes of it."""

    BARE = 0
    LANE = 1  # 弄, and Beijing's 号院
    BRANCH = 2  # 支弄
    DOOR = 3  # 号: a building in Shanghai, a gate on a street, or a room
    BUILDING = 4
    STOREY = 5  # 楼: a floor behind a building, else a building
    UNIT = 6
    FLOOR = 7
    ROOM = 8
    NAME = 9  # 三期, 6组: a part of the community's name
    AMOUNT = 10  # 2份, 13:30
    TELEPHONE = 11


# As they are written, the longest first; the second of each are what an input method makes of the same sound.
_SUFFIXES: dict[Word, tuple[str, str]] = {
    Word.BRANCH: ("支弄", ""),
    Word.UNIT: ("单元门|单元|号门|门洞|门(?!口|卫|岗)|梯", "单园|单源|单员|单远|单原|但愿"),
    Word.ROOM: ("号房间|号房|房间|室|房|户", "(?:市|是|式|事|世|宝)(?=[ ,。、;)]|$)"),
    Word.BUILDING: (
        "号别墅|幢别墅|栋别墅|号楼|楼号|号栋|号幢|栋楼|幢楼|幢|栋|座|#楼|#",
        "(?:号搂|号数|冻|懂|动|橦|撞|坐)(?=[ \\d零〇一二三四五六七八九十])",
    ),
    Word.LANE: ("号大院|号院|弄堂|弄|衖", "(?:农|浓|隆|挵|龙)(?=\\d)"),
    Word.DOOR: ("号", "(?:好|浩|毫|耗|呺)(?=\\d)"),
    Word.STOREY: ("楼", "搂"),
    Word.FLOOR: ("层楼|层|F(?![A-Z])", ""),
    Word.NAME: ("期|区|村|街坊|号线|组|队|路|街|巷", ""),
    Word.AMOUNT: (
        "份|斤|公斤|千克|KG|G(?![A-Z])|ML|袋|箱|个|包|盒|瓶|件|只|元|块|点|时|分|月|日|年|岁|人|次|条|罐|桶|提|板|筐|套|米|\\*|[:+]\\d+",
        "",
    ),
}
_ORDER = tuple(_SUFFIXES)
_SUFFIX = "|".join(
    f"(?P<{word.name}>{right})" + (f"|(?P<{word.name}_TYPO>{wrong})" if wrong else "")
    for word, (right, wrong) in _SUFFIXES.items()
)
_CHINESE = "[零〇○一二两三四五六七八九十百千幺廿卅卌]"
# A digit run in which a letter was typed for the digit that looks like it: 50O, 8O2, 1l01, 30I室.
_DIGITS = "[0-9](?:[0-9]|O|[IL](?=[0-9])|(?<=[0-9O]{2})[IL](?= *(?:室|房|[,。、;)]|$)))*"
_FLOOR_OF_LETTER = "[0-9]{2}[AB][0-9]{2}(?![0-9A-Z])"
"""12A03: the third room of floor 12A, for there is no thirteenth."""
# I, L and O are digits mistyped; F behind a number is a floor.
_LETTER, _LONE = f"A-EGHJKMNP-Z{STEMS}", "A-HJ-NP-Z"
LETTER = re.compile(f"[{_LETTER}]")
TOKEN = re.compile(
    rf"(?P<TELEPHONE>(?<![0-9])(?:\+?86-?)?1[3-9][0-9]{{9}}(?![0-9]))"
    rf"|第?(?P<number>{_FLOOR_OF_LETTER}|(?:[A-NP-Z{STEMS}](?=[0-9]))?{_DIGITS}(?:-[0-9]{{1,3}}(?=(?:号楼|幢|栋)))?(?:[{_LETTER}](?![A-Z0-9]))?"
    rf"|[{_LONE}](?= *(?:座|栋|幢|号楼|楼|#|单元|-[ 0-9])| +[0-9])|[{STEMS}东南西北中](?=座|栋|幢|单元)|[{STEMS}](?=门[ \d-])"
    rf"|{_CHINESE}{{1,9}}(?= *(?:[弄号栋幢座楼门梯层#]|单元|支弄|衖)(?![路街巷桥镇口线里]))"
    rf"|{_CHINESE}{{2,9}}(?=[室房])|{_CHINESE}{{3,9}}(?=[ ,。、;()-]|$)|(?<=[号楼栋幢座元弄-]){_CHINESE}{{1,9}}(?=-))"
    rf"(?: *(?:{_SUFFIX}))?(?P<letter>(?<=号)[{_LETTER}](?![A-Z座栋幢号单]|(?<=[A-Z])[0-9]))?"
    r"|(?P<word>[^\W\d_])|(?P<sign>[\s\S])"
)
TYPO_WORDS = tuple(f"{word.name}_TYPO" for word, (_, wrong) in _SUFFIXES.items() if wrong)
SUFFIX_WORDS = tuple(word.name for word in _ORDER)

TOWER = re.compile(
    r"(?:商务|写字|综合|办公|公寓|宿舍|教学|行政|会所|主|副|裙|塔|[东西南北中])(?:楼|座)|(?:[东西南北]楼)|售楼处|会所"
)
VILLA = re.compile("别墅|联排|独栋|排屋|叠墅|叠加|洋房|平房")
_CITIES = "|".join(sorted(city_names() | set(province_names()), key=lambda name: (-len(name), name)))
DISTRICT = re.compile(
    rf"(?:(?:{_CITIES})(?:省|市|(?=[\u4e00-\u9fff]{{2,3}}[市区县])))"
    r"|(?!小区|社区|园区|[\u4e00-\u9fff]{1,3}(?:小区|社区|园区))[\u4e00-\u9fff]{2,4}?(?:新区|(?<![小社园街一二三四五六七八九十东西南北])区|县|市)(?=[\u4e00-\u9fff])"
    r"|[\u4e00-\u9fff]{2,6}?(?:街道|镇|乡)"
)
STREET = re.compile(r"[\u4e00-\u9fff]{1,8}?(?:公路|大道|大街|胡同|支路|路|街|道|巷)(?![口边上旁])")
PERSON = re.compile("先生|女士|小姐|阿姨|师傅|收$|联系|电话|手机")
JOINER = re.compile(r"[ \-/.,,_~:]*")

DOUBTS: dict[str, tuple[str, str]] = {
    "no-building": ("No building is written.", "没有写楼号。"),
    "no-room": ("No room is written, and nothing says that it is a villa.", "没有写室号，也没有说是别墅。"),
    "typo": ("A word or a digit is mistyped; it was read as what looks or sounds like it.", "有错字，按形近或音近的字读。"),
    "glued": ("Building and room are written as one number; it was parted where a floor makes sense.", "楼号和室号连在一起写，按合理的楼层断开。"),
    "ambiguous": ("The numbers can be read in two ways.", "这串数字有两种读法。"),
    "second-address": ("Two addresses are written that differ; the first was taken.", "写了两个不同的地址，取第一个。"),
    "floor-differs": ("The floor that is written is not the room's.", "写的楼层与室号不符。"),
    "room-from-floor": ("The room was put together from floor and number.", "室号由楼层与序号拼成。"),
    "off-pattern": ("The building has a name and no number of the compound.", "楼有名称，没有小区里的楼号。"),
    "unread": ("A part of the address was not understood.", "地址里有一部分没有读懂。"),
    "building-unknown": ("The register has no such building.", "名册里没有这栋楼。"),
    "unit-unknown": ("The register's building has no such unit.", "名册里这栋楼没有这个单元。"),
    "room-unknown": ("The register has no such room there.", "名册里那里没有这个室号。"),
    "unit-from-register": ("The unit is not written; the register has the room in one unit only.", "没有写单元，名册里只有一个单元有这个室号。"),
    "lane-differs": ("The lane that was typed is not the text's; what was typed counts.", "填写的弄号与地址文字不同，以填写为准。"),
    "building-differs": ("The building that was typed is not the text's; what was typed counts.", "填写的楼号与地址文字不同，以填写为准。"),
    "unit-differs": ("The unit that was typed is not the text's; what was typed counts.", "填写的单元与地址文字不同，以填写为准。"),
    "room-differs": ("The room that was typed is not the text's; what was typed counts.", "填写的室号与地址文字不同，以填写为准。"),
    "other-household": ("Typed and text name two doors: perhaps bought for another household.", "填写与文字是两户人家，可能是替别家买的。"),
    "field-misplaced": ("A field holds what belongs into another; it was read where it belongs.", "有一格填了别的内容，按它应在的格读。"),
}  # fmt: skip
"""What each flag says, in English and in Chinese."""
