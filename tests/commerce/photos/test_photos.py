"""Pictures from outside: drawn anew, or refused with a reason."""

import io
import zlib

import pytest
from PIL import Image

from commerce.photos import photos
from commerce.photos.models import Photo
from commerce.photos.photos import NotAPhoto, PhotoTooLarge, take_in
from tests.factories import MONDAY

pytestmark = pytest.mark.django_db


def picture(kind: str = "JPEG", *, size: tuple[int, int] = (40, 30), **saved: object) -> io.BytesIO:
    """A file that holds a red picture."""
    file = io.BytesIO()
    Image.new("RGB", size, "red").save(file, kind, **saved)
    file.seek(0)
    return file


def huge_png(width: int, height: int) -> io.BytesIO:
    """A few bytes that claim to be a very large picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    return io.BytesIO(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_of_a_phone_is_kept_as_jpeg(kind: str) -> None:
    photo = take_in(picture(kind), at=MONDAY)

    kept = Image.open(io.BytesIO(Photo.objects.get(pk=photo.pk).content))
    assert (kept.format, kept.size) == ("JPEG", (40, 30))


def test_a_large_picture_becomes_as_small_as_people_need() -> None:
    photo = take_in(picture(size=(4000, 3000)), at=MONDAY)

    assert (photo.width, photo.height) == (1600, 1200)


def test_where_a_picture_was_taken_is_not_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = "in her kitchen"
    exif[0x8825] = {1: "N", 2: (40.0, 25.0, 0.0)}

    photo = take_in(picture(exif=exif), at=MONDAY)

    assert b"kitchen" not in bytes(photo.content)
    assert not Image.open(io.BytesIO(photo.content)).getexif()


def test_a_script_behind_a_picture_is_not_kept() -> None:
    file = io.BytesIO(picture("PNG").getvalue() + b"<script>alert(1)</script>")

    photo = take_in(file, at=MONDAY)

    assert b"script" not in bytes(photo.content)


def test_a_picture_that_lies_on_its_side_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    photo = take_in(picture(exif=exif), at=MONDAY)

    assert (photo.width, photo.height) == (30, 40)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"%PDF-1.7",
        b"GIF89a" + bytes(40),
        picture().getvalue()[:200],
        b"\x89PNG\r\n\x1a\n" + bytes(30),
    ],
    ids=["nothing", "text", "svg", "pdf", "gif", "cut off", "broken png"],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(NotAPhoto):
        take_in(io.BytesIO(content), at=MONDAY)

    assert not Photo.objects.exists()


@pytest.mark.parametrize("size", [(8000, 8000), (12_000, 12_000), (40_000, 40_000)])
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_read(size: tuple[int, int]) -> None:
    with pytest.raises(PhotoTooLarge):
        take_in(huge_png(*size), at=MONDAY)


def test_a_file_of_too_many_bytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "MAX_BYTES", 100)

    with pytest.raises(PhotoTooLarge):
        take_in(picture(size=(400, 300)), at=MONDAY)
