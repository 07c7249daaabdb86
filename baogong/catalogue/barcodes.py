"""GS1 bar codes: trade item (GTIN), shipping container (SSCC), lot and expiry, as scanned or as printed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import biip
from biip.gs1_element_strings import GS1ElementString
from biip.gs1_messages import GS1Message

from baogong.kernel.errors import BaogongError, Kind

_ORIGIN = re.compile(r"^https?://[^/]*", re.IGNORECASE)  # a QR code in capitals is smaller to print


class UnreadBarcode(BaogongError):
    """The text is no GS1 bar code, or its check digit is wrong."""

    kind, code = Kind.REFUSED, "catalogue.unread-barcode"


@dataclass(frozen=True, slots=True)
class Barcode:
    """
    gtin        14 digits, padded with zeros; "" where the code names no trade item
    sscc        18 digits; "" where it names no shipping container
    lot         the maker's lot
    expires_on  a day of 00 stands for the month's last
    serial      serial number
    count       how many are inside, where the code says so
    """

    gtin: str = ""
    sscc: str = ""
    lot: str = ""
    expires_on: date | None = None
    serial: str = ""
    count: int | None = None


def read_barcode(text: str) -> Barcode:
    """
    A scan ("]C1…", with separators or without), a bare GTIN or SSCC, the printed form "(01)…(10)…", or a GS1 Digital
    Link ("https://…/01/…/10/…?17=…"). Full-width characters are read as the plain ones.

    Raises UnreadBarcode.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    text = _ORIGIN.sub(lambda found: found[0].lower(), text)
    try:
        if text.startswith("("):
            return _from_elements(GS1Message.parse_hri(text).element_strings, text)
        found = biip.parse(text)
    except (biip.ParseError, ValueError) as error:
        raise _unread(text) from error
    # Bare digits with a right check digit are the number itself, though they may also read as an element string.
    if found.gtin is not None and text.isdigit() and len(text) <= 14:
        return Barcode(gtin=found.gtin.as_gtin_14())
    if found.gs1_message is not None:
        return _from_elements(found.gs1_message.element_strings, text)
    if found.gs1_digital_link_uri is not None:
        return _from_elements(found.gs1_digital_link_uri.element_strings, text)
    if found.gtin is not None:
        return Barcode(gtin=found.gtin.as_gtin_14())
    if found.sscc is not None:
        return Barcode(sscc=found.sscc.value)
    raise _unread(text)


def _from_elements(elements: Iterable[GS1ElementString], text: str) -> Barcode:
    gtin = sscc = lot = serial = ""
    expires_on: date | None = None
    count: int | None = None
    for element in elements:
        match element.ai.ai:
            case "01" | "02" if element.gtin is not None:
                gtin = element.gtin.as_gtin_14()
            case "00" if element.sscc is not None:
                sscc = element.sscc.value
            case "10":
                lot = element.value
            case "17":
                expires_on = element.date
            case "21":
                serial = element.value
            case "30" | "37":
                count = int(element.value)
            case _:
                pass  # GS1 has hundreds of further elements; what the book has no place for is not read
    if not (gtin or sscc):
        raise _unread(text)
    return Barcode(gtin, sscc, lot, expires_on, serial, count)


def _unread(text: str) -> UnreadBarcode:
    return UnreadBarcode(
        "This is no bar code of goods or cartons, or a digit was misread.",
        found=text[:80],
        expected="a GTIN (8, 12, 13 or 14 digits), an SSCC (18 digits), or a GS1-128 or DataMatrix scan",
        cure="Scan it again, or choose the item by name.",
    )
