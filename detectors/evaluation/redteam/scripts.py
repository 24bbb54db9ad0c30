"""Words written by their sound in another script."""

import re
from random import Random
from typing import Final

from detectors.evaluation.redteam.obfuscations import romanised

_LATIN_SOUNDS: Final = {
    "shch": "щ", "sch": "ш", "sh": "ш", "ch": "ч", "zh": "ж", "th": "т", "ph": "ф", "kh": "х",
    "ts": "ц", "ck": "к", "qu": "кв", "ee": "и", "oo": "у", "ou": "у", "ya": "я", "yu": "ю",
    "a": "а", "b": "б", "c": "к", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "х", "i": "и",
    "j": "дж", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "q": "к", "r": "р",
    "s": "с", "t": "т", "u": "у", "v": "в", "w": "в", "x": "кс", "y": "и", "z": "з",
    "á": "а", "à": "а", "â": "а", "ã": "а", "ç": "с", "é": "е", "è": "е", "ê": "е", "í": "и",
    "ñ": "нь", "ó": "о", "ô": "о", "õ": "о", "ö": "ё", "ú": "у", "ü": "ю", "ş": "ш", "ğ": "г",
    "ı": "ы", "ă": "а", "đ": "д", "ơ": "о", "ư": "ы",
}  # fmt: skip
_LATIN_SOUND: Final = re.compile("|".join(sorted(_LATIN_SOUNDS, key=len, reverse=True)))
_SIMPLIFIED: Final = (
    "钱给账户帐号码词记发转币买卖涨资万们这个说话语现为车东门问间见长应该网络链视频医药谎话无没样对时过还进远让请开关"
    "业务员银行级红绿点击领奖励专线团队实风险杀伤灭绝国际亚当选举票疗检测试图书馆规则统"
)
_TRADITIONAL: Final = (
    "錢給賬戶帳號碼詞記發轉幣買賣漲資萬們這個說話語現為車東門問間見長應該網絡鏈視頻醫藥謊話無沒樣對時過還進遠讓請開關"
    "業務員銀行級紅綠點擊領獎勵專線團隊實風險殺傷滅絕國際亞當選舉票療檢測試圖書館規則統"
)
_CHARACTERS: Final = dict(zip(_SIMPLIFIED, _TRADITIONAL, strict=True))
_INITIALS_SOUNDS: Final = "g kk n d tt r m b pp s ss - j jj ch k t p h"
_INITIALS: Final = _INITIALS_SOUNDS.split()
_MEDIALS_SOUNDS: Final = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i"
_MEDIALS: Final = _MEDIALS_SOUNDS.split()
_FINALS_SOUNDS: Final = "- k k k n n n t l k m l l l p l m p p t t ng t t k t p t"
_FINALS: Final = _FINALS_SOUNDS.split()
_HANGUL: Final = 0xAC00
_LAST_HANGUL: Final = 0xD7A3
_N_FINALS: Final = 28
_N_MEDIALS: Final = 21
_WORD: Final = re.compile(r"[^\W\d_]+(?:[\u0900-\u0dff\u064b-\u0652]+[^\W\d_]*)*")
_LONG: Final = 4


def rewritten(text: str, rng: Random, *, share: float) -> str:
    """Words in another script, each with a chance of `share`; Latin ones from four letters on.

    Latin becomes Cyrillic; Cyrillic, Arabic, Devanagari and Hangul become Latin; simplified
    Chinese characters become traditional ones.
    """
    return _WORD.sub(lambda found: _word(found[0], rng) if rng.random() < share else found[0], text)


def _word(word: str, rng: Random) -> str:
    if any("\u4e00" <= c <= "\u9fff" for c in word):
        return "".join(_CHARACTERS.get(c, c) for c in word)
    if any(chr(_HANGUL) <= c <= chr(_LAST_HANGUL) for c in word):
        return "".join(map(_syllable, word))
    if word < "\u0370":
        return _cyrillic(word) if len(word) >= _LONG else word
    return romanised(word, rng)


def _cyrillic(word: str) -> str:
    shown = _LATIN_SOUND.sub(lambda found: _LATIN_SOUNDS[found[0]], word.lower())
    return shown.capitalize() if word[0].isupper() else shown


def _syllable(char: str) -> str:
    """A Hangul syllable by its letters (Revised Romanisation, without assimilation)."""
    at = ord(char) - _HANGUL
    if not 0 <= at <= _LAST_HANGUL - _HANGUL:
        return char
    rest, final = divmod(at, _N_FINALS)
    initial, medial = divmod(rest, _N_MEDIALS)
    return (_INITIALS[initial] + _MEDIALS[medial] + _FINALS[final]).replace("-", "")
