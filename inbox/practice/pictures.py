"""Pictures for posts: drawn here, so that there is always something real to fetch."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 640, 400


def draw(words: str) -> bytes:
    """Return a PNG that shows `words` on a ground of their own colour; the same each time."""
    hue = sha256(words.encode()).digest()[0] * 360 // 256
    ground = Image.new("RGB", (WIDTH, HEIGHT), f"hsl({hue}, 34%, 38%)")
    brush = ImageDraw.Draw(ground)
    brush.rectangle((40, 40, WIDTH - 40, HEIGHT - 40), fill=f"hsl({hue}, 40%, 92%)")
    brush.rectangle((40, 40, WIDTH - 40, 84), fill=f"hsl({hue}, 40%, 78%)")
    font = ImageFont.load_default(size=30)
    text = "\n".join(_lines(words))
    brush.multiline_text((72, 120), text, fill=f"hsl({hue}, 60%, 18%)", font=font, spacing=10)
    made = BytesIO()
    ground.save(made, "PNG", optimize=True)
    return made.getvalue()


def _lines(words: str, width: int = 30, most: int = 6) -> list[str]:
    lines = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines[:most]
