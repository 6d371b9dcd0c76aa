"""Reading pictures that strangers made: bounded, and made anew without what hides in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image, ImageOps

from inbox.lib import filetypes

# Few formats, so that few decoders ever see a stranger's bytes.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
MOST_PIXELS = 50_000_000  # a phone's largest picture; decoded it takes 200 MB
EDGES = (4096, 2048, 1280)  # of a picture to publish: the first that is small enough
EDGE = 480  # of a small picture, twice what the thread shows of it


class BadPicture(Exception):
    """The bytes cannot be read as a picture."""


class TooManyPixels(BadPicture):
    """It is so large that unpacking it would harm whoever does it."""


class TooManyBytes(BadPicture):
    """It cannot be made small enough and still be seen."""


@dataclass(frozen=True, slots=True)
class Picture:
    """How wide and high a picture is once it stands upright, and a small copy of it in WebP."""

    width: int
    height: int
    small: bytes = field(repr=False)


def read(content: bytes) -> Picture:
    """Return what `content` shows. Raises BadPicture."""
    upright = _upright(content)
    width, height = upright.size
    upright.thumbnail((EDGE, EDGE))
    return Picture(width, height, _written(upright, "WEBP", quality=80))


def cleaned(content: bytes, *, most_bytes: int) -> tuple[bytes, str]:
    """Return the picture upright and without place, camera and all else its file tells, no larger
    than `most_bytes`, and its type. Raises BadPicture.
    """
    whole = _upright(content)
    is_photo = filetypes.content_type(content) == "image/jpeg"
    for edge in EDGES:
        upright = whole.copy()
        upright.thumbnail((edge, edge))
        made = []
        if not is_photo:
            made.append((_written(upright, "PNG", optimize=True), "image/png"))
        if upright.mode == "RGB":
            made.append((_written(upright, "JPEG", quality=88, optimize=True), "image/jpeg"))
        for content, kind in made:
            if len(content) <= most_bytes:
                return content, kind
    raise TooManyBytes(f"more than {most_bytes} bytes")


def _upright(content: bytes) -> Image.Image:
    """Return the first frame as its maker held the camera, in plain colours."""
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise TooManyPixels(f"{image.width} × {image.height} pixels")
            turned = ImageOps.exif_transpose(image)
            mode = "RGBA" if turned.has_transparency_data else "RGB"
            return turned.convert(mode)
    except Image.DecompressionBombError as error:
        raise TooManyPixels(str(error)) from error
    except BadPicture:
        raise
    except Exception as error:  # a decoder may stumble over hostile bytes in any way
        raise BadPicture(f"{type(error).__name__}: {error}") from error


def _written(image: Image.Image, kind: str, **how: object) -> bytes:
    """Return `image` as a file of its pixels alone: what came with the original stays behind."""
    image.info = {}
    image.getexif().clear()
    made = BytesIO()
    image.save(made, kind, **how)
    return made.getvalue()
