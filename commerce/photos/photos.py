"""Taking in a picture from outside: nothing of the file that came is kept, only what it shows, drawn anew.

So a script, a second file hidden behind the first, or the place where it was taken never reaches anybody.
"""

import io
from datetime import datetime
from typing import BinaryIO

from PIL import Image, ImageOps

from commerce.photos.models import Photo
from commerce.rest.problems import Problem

MAX_BYTES = 10 * 1024 * 1024
"""Of a file as it comes; a phone's picture has 2 to 6 MB."""

MAX_PIXELS = 50_000_000
"""As it comes; phones go up to 50 million. A small file can claim to be 40,000 × 40,000 and eat all memory."""

LONGEST_SIDE = 1600
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 82


class NotAPhoto(Problem):
    """Not a JPEG, PNG or WebP picture, whatever its name says."""

    code = "not_a_photo"
    status = 422


class PhotoTooLarge(Problem):
    """More bytes or pixels than anybody needs to show something."""

    code = "photo_too_large"
    status = 413


def take_in(file: BinaryIO, *, at: datetime) -> Photo:
    """Store what a picture shows; raises NotAPhoto, PhotoTooLarge."""
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise PhotoTooLarge(f"a picture has at most {MAX_BYTES // 2**20} MB", megabytes=MAX_BYTES // 2**20)
    drawn = draw(content)
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=QUALITY, optimize=True)
    return Photo.objects.create(content=out.getvalue(), width=drawn.width, height=drawn.height, taken_in_at=at)


def draw(content: bytes) -> Image.Image:
    """What a file shows, upright, without transparency, no larger than needed; raises NotAPhoto, PhotoTooLarge."""
    try:
        # The size is known before the first pixel is read. Formats are tried by content; SVG and PDF are none of them.
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise PhotoTooLarge(f"a picture has at most {MAX_PIXELS // 10**6} million pixels")
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            return on_white(upright)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise PhotoTooLarge(f"a picture has at most {MAX_PIXELS // 10**6} million pixels") from problem
    except (OSError, SyntaxError, ValueError, ArithmeticError, EOFError) as problem:  # each decoder has its own
        raise NotAPhoto("this file is no JPEG, PNG or WebP picture, or it is damaged") from problem


def on_white(picture: Image.Image) -> Image.Image:
    """A picture without transparency."""
    layered = picture.convert("RGBA")
    paper = Image.new("RGBA", layered.size, "white")
    return Image.alpha_composite(paper, layered).convert("RGB")
