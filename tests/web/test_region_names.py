"""Districts by the names people call them, in both languages; what has none here, by its prefecture or province."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from baogong.places.regions import is_region
from baogong.release.policies import policies
from baogong.web.words import region_name


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [
        ("31", "上海市", "Shanghai"),
        ("42", "湖北省", "Hubei"),
        ("3502", "厦门市", "Xiamen"),
        ("350203", "厦门市思明区", "Siming District, Xiamen"),
        ("350102", "福州市鼓楼区", "Gulou District, Fuzhou"),
        ("350582", "晋江市", "Jinjiang"),
        ("511602", "广安市广安区", "Guang’an District, Guang’an"),
        ("511621", "广安市岳池县", "Yuechi County, Guang’an"),
        ("310115", "上海市浦东新区", "Pudong New Area, Shanghai"),
        ("500116", "重庆市江津区", "Jiangjin District, Chongqing"),
        ("429021", "神农架林区", "Shennongjia Forestry District"),
        ("451324", "来宾市金秀瑶族自治县", "Jinxiu Yao Autonomous County, Laibin"),
        ("513400", "凉山彝族自治州", "Liangshan Yi Autonomous Prefecture"),
        ("511602001", "广安市广安区 511602001", "Guang’an District, Guang’an 511602001"),
        ("330106", "杭州市 330106", "Hangzhou 330106"),
        ("469099", "海南 469099", "Hainan 469099"),
        ("999999", "999999", "999999"),
    ],
)
def test_a_district_has_a_name(code: str, zh: str, en: str) -> None:
    for language, name in (("zh-hans", zh), ("en", en)):
        with override(language):
            assert region_name(code) == name


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_rule_that_is_brought_along_says_a_code_instead_of_a_place(language: str) -> None:
    codes = {code for rule in policies().values() for code in rule.eligibility.regions}
    with override(language):
        told = {region_name(code) for code in codes}
    assert len(told) == len(codes)
    assert not [one for one in told if any(sign.isdecimal() for sign in one)]


@pytest.mark.parametrize(
    ("code", "is_there"),
    [
        ("42", True), ("3502", True), ("511602001", True), ("330106", True), ("469001", True), ("659002", True),
        ("810000", True), ("999999", False), ("519999", False), ("6", False), ("429904", False), ("811234", False), ("X", False),
    ],
)  # fmt: skip
def test_a_code_lies_in_a_region_that_is_registered(code: str, is_there: bool) -> None:
    assert is_region(code) is is_there
