"""Personal data in a text that others may read: where it stands, so that it can be hidden.

Booking codes, invoice and tracking numbers are not personal data: customers must be able to
write them. A number is only taken for a phone, a card or an identity if its form says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

# With an @ in front it is no address but somebody's handle on a network of many servers.
# The length limits of the address parts are those of RFC 5321, section 4.5.3.1; they also keep
# the search linear on hostile text.
_EMAIL = re.compile(
    r"(?<![\w.+@-])[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24}(?![\w@])", re.IGNORECASE
)
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_DIGITS = re.compile(r"(?<![\w/#.,-])\+?\(?[0-9](?:[ .()-]{0,2}[0-9]){8,18}(?![\w/])")
_IBAN = re.compile(
    r"(?<!\w)[A-Za-z]{2}[0-9]{2}(?: ?[A-Za-z0-9]{4}){2,7}(?: ?[A-Za-z0-9]{1,3})?(?!\w)"
)
_REFERENCE_BEFORE = re.compile(
    r"(?:\b(?:ref|reference|booking|book|order|invoice|inv|ticket|tiket|pnr|resi|awb|tracking|case|"
    r"kasus|laporan|complaint|confirmation|conf|pesanan|transaksi|trx|kode|flight|item|sku|"
    r"serial|imei|id)\b[^\n]{0,12})$",
    re.IGNORECASE,
)
_PHONE_BEFORE = re.compile(
    r"\b(?:phone|call|text|tel|telp|telepon|telpon|hp|handphone|mobile|cell|wa|whatsapp|sms|"
    r"hubungi|nomor|nomer|number|reach me)\b[^\n]{0,16}$",
    re.IGNORECASE,
)
_NIK_BEFORE = re.compile(r"\b(?:nik|ktp|kk|identitas)\b[^\n]{0,16}$", re.IGNORECASE)
_LOOK_BACK = 40

_MOBILE_ID = re.compile(r"(?:\+?62|0)8[1-9][0-9]{7,11}")
_LANDLINE_ID = re.compile(r"(?:\+?62|0)[2-7][0-9]{7,10}")
_INTERNATIONAL = re.compile(r"\+[1-9][0-9]{7,14}")
_NORTH_AMERICAN = re.compile(r"\+?1?[ .-]?\(?[2-9][0-9]{2}\)?[ .-]?[2-9][0-9]{2}[ .-][0-9]{4}")
# Numbers that the called side pays for belong to companies: +1 8xx and Indonesia's 0800.
_TOLL_FREE = re.compile(r"\+?1?8(?:00|33|44|55|66|77|88)[0-9]{7}|0800[0-9]+|\+?62800[0-9]+")
# Province, regency, district, then the birthday (a woman's day counts from 41) and a serial:
# https://id.wikipedia.org/wiki/Nomor_Induk_Kependudukan
_NIK = re.compile(
    r"(?:1[1-9]|21|3[1-6]|5[1-3]|6[1-5]|7[1-6]|8[12]|9[1-7])[0-9]{4}"
    r"(?:0[1-9]|[1256][0-9]|3[01]|4[1-9]|7[01])(?:0[1-9]|1[0-2])[0-9]{6}"
)
# Visa, Mastercard, American Express, Discover and its partners.
_CARD = re.compile(
    r"4[0-9]{12}(?:[0-9]{3}){0,2}|(?:5[1-5]|2[2-7])[0-9]{14}|3[47][0-9]{13}|6[0-9]{15}"
)


@dataclass(frozen=True, slots=True)
class PersonalData:
    """kind: email, phone, card, iban or nik; start and end count characters of the text."""

    kind: str
    start: int
    end: int


def personal_data(text: str) -> tuple[PersonalData, ...]:
    """Return what `text` gives away, in order and without overlaps."""
    found: list[PersonalData] = []
    if "@" in text:
        found.extend(_matches("email", _EMAIL, text))
    if any(map(str.isdigit, text)):
        links = [match.span() for match in _LINK.finditer(text)]
        for candidate in (*_matches("iban", _IBAN, text, _is_iban), *_numbers(text)):
            spans = [*links, *((one.start, one.end) for one in found)]
            if all(candidate.end <= start or candidate.start >= end for start, end in spans):
                found.append(candidate)
    return tuple(sorted(found, key=lambda one: one.start))


def _matches(
    kind: str, pattern: re.Pattern[str], text: str, is_valid: Callable[[str], bool] = bool
) -> Iterator[PersonalData]:
    for match in pattern.finditer(text):
        if is_valid(match.group()):
            yield PersonalData(kind, *match.span())


def _numbers(text: str) -> Iterator[PersonalData]:
    for match in _DIGITS.finditer(text):
        before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
        if kind := _kind(match.group(), before):
            yield PersonalData(kind, *match.span())


def _kind(shown: str, before: str) -> str:
    """Return what the number `shown` is after the words `before`, "" if nothing personal."""
    digits = re.sub(r"[^0-9+]", "", shown)
    is_card = bool(_CARD.fullmatch(digits)) and _passes_luhn(digits)
    if _NIK.fullmatch(digits) and (_NIK_BEFORE.search(before) or not is_card):
        return "" if _REFERENCE_BEFORE.search(before) else "nik"
    if is_card:
        return "card"
    if _TOLL_FREE.fullmatch(digits) or _REFERENCE_BEFORE.search(before):
        return ""
    return "phone" if _is_phone(shown, digits, before) else ""


def _is_phone(shown: str, digits: str, before: str) -> bool:
    if any(form.fullmatch(digits) for form in (_MOBILE_ID, _LANDLINE_ID, _INTERNATIONAL)):
        return True
    if any(len(group) < 2 for group in shown.split(".")):
        return False  # a version number
    if _NORTH_AMERICAN.fullmatch(shown):
        return True
    return 9 <= len(digits) <= 13 and bool(_PHONE_BEFORE.search(before))


def _passes_luhn(digits: str) -> bool:
    """Check the last digit of a card number (ISO/IEC 7812-1, annex B)."""
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    total = sum(map(int, digits[-1::-2])) + sum(
        value - 9 if value > 9 else value for value in doubled
    )
    return total % 10 == 0


def _is_iban(shown: str) -> bool:
    """Check length and check digits of an account number (ISO 13616, modulo 97)."""
    account = shown.replace(" ", "").upper()
    if not 15 <= len(account) <= 34:
        return False
    moved = account[4:] + account[:4]
    return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1
