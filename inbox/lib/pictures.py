"""Reading pictures that strangers made: bounded, and made anew without what hides in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image, ImageOps

# Few formats, so that few decoders ever see a stranger's bytes.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
MOST_PIXELS = 50_000_000  # a phone's largest picture; decoded it takes 200 MB
EDGE = 480  # of a small picture, twice what the thread shows of it


class BadPicture(Exception):
    """The bytes cannot be read as a picture."""


class TooManyPixels(BadPicture):
    """It is so large that unpacking it would harm whoever does it."""


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
