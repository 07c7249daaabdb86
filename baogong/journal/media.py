"""What a phone sends as evidence, made safe to keep: bounded, re-encoded, without where and when the camera adds."""

from __future__ import annotations

import json
import warnings
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from PIL import Image, ImageOps, UnidentifiedImageError

from baogong.kernel.errors import UnusableInput

PHOTO_BYTES_MAX = 8_000_000
PHOTO_PIXELS_MAX = 40_000_000
PHOTO_SIDE_MAX = 1600
SIGNATURE_BYTES_MAX = 64_000
STROKE_POINTS_MAX = 20_000


class UnusablePicture(UnusableInput):
    """What was sent as a photo is none that can be read."""

    code = "journal.unusable-picture"


class UnusableSignature(UnusablePicture):
    """What was sent as a signature is no drawing of plain lines."""

    code = "journal.unusable-signature"


class EvidenceTooLarge(UnusablePicture):
    """A photo or a signature beyond what is kept."""

    code = "journal.evidence-too-large"


_UNREADABLE = (UnidentifiedImageError, OSError, ValueError, SyntaxError)  # what Pillow raises for broken files
_SVG = "http://www.w3.org/2000/svg"
_SVG_PARTS = {"svg", "g", "path", "polyline"}
_SVG_ATTRIBUTES = {
    *("width", "height", "viewBox", "d", "points", "transform"),
    *("fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin"),
}


def clean_photo(data: bytes) -> bytes:
    """
    A JPEG at most 1600 pixels wide and high, upright, with no metadata.

    Raises UnusableInput beyond 8 MB or 40 million pixels, and for anything that is no JPEG, PNG or WebP picture.
    """
    if len(data) > PHOTO_BYTES_MAX:
        raise _too_large("photo", len(data), PHOTO_BYTES_MAX)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP"))
            # The size stands in the header: nothing has been unpacked yet.
            if picture.width * picture.height > PHOTO_PIXELS_MAX:
                raise _too_large("photo", picture.width * picture.height, PHOTO_PIXELS_MAX, "pixels")
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (*_UNREADABLE, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnusablePicture(
            "This is no picture that can be read; nothing was kept.",
            where="photo",
            found=f"{len(data)} bytes",
            expected="a JPEG, PNG or WebP picture",
            cure="Take the photo again.",
        ) from error
    upright.thumbnail((PHOTO_SIDE_MAX, PHOTO_SIDE_MAX))
    bare = Image.new("RGB", upright.size)
    bare.paste(upright)  # a picture of its own: Pillow would carry EXIF, XMP and comments of the other along
    out = BytesIO()
    bare.save(out, "JPEG", quality=80, optimize=True)
    return out.getvalue()


def clean_signature(data: bytes) -> tuple[bytes, str]:
    """
    (bytes, media type) of a drawn signature: an SVG of plain lines, or strokes as JSON, [[[x, y], …], …].

    Raises UnusableInput beyond 64 kB and for an SVG with anything in it but lines: it would run in a page.
    """
    if len(data) > SIGNATURE_BYTES_MAX:
        raise _too_large("signature", len(data), SIGNATURE_BYTES_MAX)
    if data.lstrip()[:1] == b"[":
        return _clean_strokes(data), "application/json"
    try:
        root = fromstring(data, forbid_dtd=True)
        drawing = _only_lines(root)
    except (ParseError, DefusedXmlException, ValueError, RecursionError) as error:
        raise _no_signature() from error
    if drawing.tag != "svg":
        raise _no_signature()
    drawing.set("xmlns", _SVG)
    return tostring(drawing), "image/svg+xml"


def _only_lines(element: Element) -> Element:
    """A copy without text; raises ValueError for whatever is more than a line."""
    name = element.tag.removeprefix(f"{{{_SVG}}}")
    if (
        not element.tag.startswith(f"{{{_SVG}}}")
        or name not in _SVG_PARTS
        or not set(element.attrib) <= _SVG_ATTRIBUTES
    ):
        raise ValueError(f"<{name}> is more than a line")
    if any(
        "(" in value and not value.startswith(("M", "m", "translate(", "scale(")) for value in element.attrib.values()
    ):
        raise ValueError("an attribute refers to something else")
    kept = Element(name, element.attrib)
    kept.extend([_only_lines(child) for child in element])
    return kept


def _clean_strokes(data: bytes) -> bytes:
    try:
        strokes: Any = json.loads(data)
        points = [point for stroke in strokes for point in stroke]
        flat = [[[int(x), int(y)] for x, y in stroke] for stroke in strokes]
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise _no_signature() from error
    if not points or len(points) > STROKE_POINTS_MAX:
        raise _no_signature()
    return json.dumps(flat, separators=(",", ":")).encode()


def _no_signature() -> UnusablePicture:
    return UnusableSignature(
        "This is no drawn signature; nothing was kept.",
        where="signature",
        expected="an SVG of plain lines, or strokes as [[[x, y], …], …]",
        cure="Sign again.",
    )


def _too_large(where: str, found: int, most: int, unit: str = "bytes") -> UnusablePicture:
    return EvidenceTooLarge(
        f"The {where} has {found:,} {unit}; at most {most:,} are taken. Nothing was kept.",
        where=where,
        found=found,
        expected=most,
        cure="Send a smaller one.",
    )
