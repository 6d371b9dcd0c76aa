"""Pictures from strangers: read within bounds, copied without what hides in them."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from inbox.lib import pictures
from tests.pictures import make_picture


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_small_copy_fits_its_place(kind: str) -> None:
    found = pictures.read(make_picture(1600, 800, kind=kind))
    assert (found.width, found.height) == (1600, 800)
    assert opened(found.small).size == (480, 240)
    assert opened(found.small).format == "WEBP"


def test_what_a_camera_hid_stays_behind_and_the_picture_stands_upright() -> None:
    content = make_picture(300, 100, kind="JPEG", turned=True, place=True)
    assert opened(content).getexif().get_ifd(0x8825)  # the place is in it
    found = pictures.read(content)
    assert (found.width, found.height) == (100, 300)
    small = opened(found.small)
    assert small.size == (100, 300)
    assert not small.getexif()
    assert b"Exif" not in found.small
    assert b"icc" not in found.small.lower()


def test_see_through_stays_see_through() -> None:
    assert opened(pictures.read(make_picture(40, 40, mode="RGBA")).small).mode == "RGBA"


def bomb(width: int, height: int) -> bytes:
    """A PNG that says how large it is and holds nothing."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@pytest.mark.parametrize(("width", "height"), [(8000, 7000), (60_000, 60_000)])
def test_a_bomb_is_left_packed(width: int, height: int) -> None:
    with pytest.raises(pictures.TooManyPixels):
        pictures.read(bomb(width, height))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0 nothing more",
        b"GIF89a\x00",
        make_picture(200, 200, kind="JPEG")[:300],
        make_picture(200, 200)[:90] + b"\xff" * 60,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%!PS-Adobe-3.0 EPSF-3.0",
    ],
)
def test_what_is_no_picture_is_refused_in_one_way(content: bytes) -> None:
    with pytest.raises(pictures.BadPicture):
        pictures.read(content)
