"""Small real pictures for tests."""

from __future__ import annotations

from io import BytesIO

from PIL import Image


def make_picture(
    width: int = 64,
    height: int = 48,
    *,
    kind: str = "PNG",
    mode: str = "RGB",
    shade: int = 90,
    turned: bool = False,
    place: bool = False,
) -> bytes:
    """turned: the camera was held on its side; place: the file says where it was taken."""
    image = Image.new(mode, (width, height), (shade, 120, 200, 80)[: len(mode)])
    image.putpixel((0, 0), (255, 0, 0, 255)[: len(mode)])
    exif = Image.Exif()
    if turned:
        exif[0x0112] = 6
    if place:
        exif.get_ifd(0x8825)[1] = "S"
        exif[0x010E] = "taken at home"
    made = BytesIO()
    image.save(made, kind, **({"exif": exif} if turned or place else {}))
    return made.getvalue()
