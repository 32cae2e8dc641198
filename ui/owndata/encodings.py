"""Which encoding a file that is not Unicode was written in: each is tried, and the most plausible letters win.

A table of a class has few letters, too few for the statistics of a long text. So the scripts themselves are asked:
which letters usually stand in such a table, and what never stands inside a word. It is a guess: it is said, and the
person can choose another.
"""

import contextlib
import re
import unicodedata
from collections import Counter
from functools import cache
from itertools import pairwise

# Encoding -> whose it is, and the letters beyond ASCII that usually stand in it. In the order in which they win a draw.
ENCODINGS = {
    "cp1252": ("Western Europe", "äöüßéèêàâçñáíóúãõåøæ°µ²³€£±§"),
    "cp1250": ("Central Europe", "ąćęłńóśźżáčďéěíňřšťúůýžöüőűäß°µ€§"),
    "cp1251": ("Cyrillic", "оеаинтсрвлкмдпуяыьгзбчйжхієї°№"),
    "gb18030": ("Chinese, simplified",
     "的一是不了人在有中大来上国个到为子和地出年时生会学对可小多天能好日成用主方前见长分外高二三四五六"
     "七八九十明种全部名定女力机给最间新重第水文理化平气信北东南西关内加入先山市度宽类姓成绩性别男红蓝"
     "绿黄颜色白黑价格数量期温湿号甲乙丙丁是否品花体身"),
    "cp932": ("Japanese",
     "日一国会人年大十二本中長出三時事自行見月分後前生五間上部東者地市業内方四定今新場金員九入高代明子"
     "全目表外最理体化田八六下性度気小七成期平山家区数女第点教名向重海品別物水男価値式格位少校料木身車"
     "南番北西率病質量種類長幅温湿天晴雨曇鈴赤青緑黄色"),
    "big5": ("Chinese, traditional",
     "的一是不了人在有中大來上國個到為子和地出年時生會學對可小多天能好日成用主方前見長分外高二三四五六"
     "七八九十明種全部名定女力機給最間新重第水文理化平氣信北東南西關內加入先山市度寬類姓成績性別男紅藍"
     "綠黃顏色白黑價格數量期溫濕號甲乙丙丁是否品花體身"),
    "cp949": ("Korean",
     "이가는은을를의에로다하고지기사리자도인어나대한서시아그해정수있과일보부구들주여스라전만상원제동장"
     "성조신공화국소연안방무문유경용년월개세분번적종류길너비키름별남녀김철박최강영희민준색빨파초록노랑"
     "온습값격게높크날짜점"),
    "euc_jp": ("Japanese, Unix", ""),
    "cp1253": ("Greek", "αοιετσνηυρπκμλςίόάέήύώγδχ°µ€"),
    "cp1254": ("Turkish", "ığşçöüİâ°µ€"),
    "cp1255": ("Hebrew", "אבגדהוזחטיכלמנסעפצקרשתךםןףץ"),
    "cp1256": ("Arabic", "ابتثجحخدذرزسشصضطظعغفقكلمنهويىةأإآءئؤ"),
    "cp1257": ("Baltic", "ąčęėįšųūžāēģīķļņäöüõ°µ€"),
    "koi8_r": ("Cyrillic, Unix", ""),
    "cp866": ("Cyrillic, DOS", ""),
    "mac_roman": ("Western Europe, old Mac", ""),
    "cp850": ("Western Europe, DOS", ""),
}  # fmt: skip
AS_IN = {"euc_jp": "cp932", "koi8_r": "cp1251", "cp866": "cp1251", "mac_roman": "cp1252", "cp850": "cp1252"}
KANA = ("HIRAGANA", "KATAKANA")
ALPHABETS = ("CYRILLIC", "GREEK", "HEBREW", "ARABIC")
OPEN, FINAL = "כמנפצ", "ךםןףץ"  # Hebrew letters with a form of their own at the end of a word
# The common characters are a standard's first level: encoding -> the standard's, and the first bytes of that level.
FIRST_LEVEL = {
    "gb18030": ("gb2312", 0xB0, 0xD7),
    "cp932": ("cp932", 0x88, 0x97),
    "euc_jp": ("euc_jp", 0xB0, 0xCF),
    "big5": ("big5", 0xA4, 0xC6),
    "cp949": ("euc_kr", 0xB0, 0xC8),
}
LOOKED_AT = 64 * 2**10  # bytes
WORD = re.compile(r"[^\W\d_]+")


def label(encoding: str) -> str:
    """An encoding as it stands in a sentence or a menu."""
    return f"{ENCODINGS[encoding][0]} ({encoding})" if encoding in ENCODINGS else encoding


def guessed(content: bytes) -> str:
    """The encoding in which the beginning of a file reads best; latin-1 where none of them fits."""
    start = content[:LOOKED_AT]
    start = start[: start.rfind(b"\n") + 1] or start
    found: dict[str, float] = {}
    for encoding in ENCODINGS:
        with contextlib.suppress(UnicodeDecodeError):
            found[encoding] = plausible(start.decode(encoding), encoding)
    for encoding in sorted(found, key=lambda encoding: -found[encoding]):
        with contextlib.suppress(UnicodeDecodeError):
            content.decode(encoding)
            return encoding
    return "latin-1"


def plausible(text: str, encoding: str) -> float:
    """How usual the letters of a text beyond ASCII are where this encoding is used, about -2 to 1 on the average."""
    strange = [c for c in text if c > "\x7f"]
    if not strange:
        return 0.0
    points = sum(_usual(c, encoding) for c in strange)
    for word, count in Counter(WORD.findall(text)).items():
        if not word.isascii():
            points -= count * _misshapen(word)
    # Within a word of letters no sign stands: "d³ugo" is no word.
    points -= 2 * len(re.findall(r"[^\W\d_][¡-©«-´¶-¹»-¿×÷‚„…†‡ˆ‰‹•˜›€¤¨™–—]+[^\W\d_]", text))
    return points / len(strange)


def _usual(c: str, encoding: str) -> float:
    """From -2, never seen, to 1, usual."""
    kind = unicodedata.category(c)
    if kind in ("Cc", "Co", "Cn", "Cf"):
        return -2.0
    if c.lower() in _letters(encoding):
        return 1.0
    script = _script(c)
    if encoding in FIRST_LEVEL:
        if script in KANA:
            return 1.0 if encoding in ("cp932", "euc_jp") else -1.0
        if script == "HALFWIDTH":
            return -1.0
        return 0.4 if _first_level(c, encoding) else -0.6
    if kind in ("So", "Sk", "Sm") or script == "BOX":
        return -1.0
    return 0.0 if kind.startswith("L") else -0.2


def _misshapen(word: str) -> float:
    """What in a word of letters no language has."""
    scripts = [_script(c) for c in word]
    wrong = 0.0
    if len({s for s in scripts if s in ALPHABETS or s == "LATIN"}) > 1:
        wrong += len(word)  # Latin letters and others in one word
    if set(scripts) == {"LATIN"}:
        wrong += 2 * len(re.findall(r"[^\x00-\x7f]{3,}", word))
    if not word.isupper():
        wrong += sum(b.isupper() and not b.isascii() and a.isalpha() for a, b in pairwise(word))
    wrong += sum(c in FINAL for c in word[:-1]) + (word[-1] in OPEN)
    return wrong


@cache
def _letters(encoding: str) -> frozenset[str]:
    return frozenset(ENCODINGS[AS_IN.get(encoding, encoding)][1])


@cache
def _script(c: str) -> str:
    return unicodedata.name(c, "").partition(" ")[0]


def _first_level(c: str, encoding: str) -> bool:
    narrow, low, high = FIRST_LEVEL[encoding]
    try:
        code = c.encode(narrow)
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and low <= code[0] <= high
