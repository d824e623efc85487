"""Files of tills that speak no API: taken in at once, or set apart with the reason until a person tries again.

A file may be unreadable because it is broken, or because we did not know enough yet: a dialect, a store, a channel.
So it is kept, whole, for as long as it may still be read.
"""

import gzip
import hashlib
import shutil
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO

from commerce.catalog.models import Variant
from commerce.csv_files import Unreadable
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from orders import mostrador_csv, poslog
from orders.journal import filed
from orders.journal.models import TillFile
from orders.sales_files import SalesFile
from orders.sales_import import import_sales

Status = TillFile.Status
MOST = poslog.MAX_BYTES
KEPT_FOR = timedelta(days=30)
"""What nobody has mended by then is not mended any more; receipts may name people."""
READERS = {"poslog": (poslog.read_file, ".xml"), "mostrador": (mostrador_csv.read_file, ".csv")}


class FileTooLarge(Problem):
    """Larger than we take."""

    code = "file_too_large"
    status = 413


class FileGone(Problem):
    """The file was taken in already, or its time is over: there is nothing to try again."""

    code = "file_gone"


def take_in(stream: IO[bytes], *, name: str, format: str, by: Actor, at: datetime) -> TillFile:
    """Take in what a file tells, or set it apart; the same file again is the same row. Raises FileTooLarge."""
    digest, packed = pack(stream)
    kept, _ = TillFile.objects.get_or_create(
        digest=digest,
        format=format,
        defaults={
            "name": Path(name.replace("\\", "/")).name[:100],
            "content": packed,
            "told_by": str(by)[:60],
            "recorded_at": at,
        },
    )
    return kept if kept.status == Status.TAKEN else again(kept, by=by, at=at)


def pack(stream: IO[bytes]) -> tuple[str, bytes]:
    """A file's digest, and the file compressed; it is read piece by piece. Raises FileTooLarge."""
    digest, size = hashlib.sha256(), 0
    with TemporaryFile() as packed:
        with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6) as out:
            while piece := stream.read(poslog.PIECE):
                size += len(piece)
                if size > MOST:
                    raise FileTooLarge(f"a file may have {MOST // 1_000_000} MB; send it in parts")
                digest.update(piece)
                out.write(piece)
        packed.seek(0)
        return digest.hexdigest(), packed.read()


def again(kept: TillFile, *, by: Actor, at: datetime) -> TillFile:
    """Try a file (again); what was booked before is not booked twice. Raises FileGone, ImportRuns."""
    if not kept.content:
        raise FileGone("this file is not kept any more")
    read, suffix = READERS[kept.format]
    tills = mostrador_csv.tills()
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{kept.digest[:12]}{suffix}"
        with gzip.open(BytesIO(kept.content)) as packed, path.open("wb") as whole:
            shutil.copyfileobj(packed, whole, poslog.PIECE)
        try:
            sales = read(path, tills=tills, barcodes=mostrador_csv.barcodes())
            strange = set(sales.titles()) - known_skus(sales)
            imported = import_sales(sales, tills=tills, by=by, is_history=False, at=at)
            filed.enter(sales, imported.booked, places=tills, strange=strange, at=at)
        except Unreadable as problem:
            kept.status, kept.reason = Status.QUARANTINED, str(problem).replace(path.name, kept.name)[:300]
        else:
            rejects = imported.rejects
            kept.lines, kept.rejected = imported.counts.total(), len(rejects)
            kept.status = Status.PARTLY if rejects else Status.TAKEN
            passed_over = ", ".join(f"{lines} lines {why}" for why, lines in sorted(sales.skipped.items()))
            kept.reason = (str(rejects[0]) if rejects else passed_over)[:300]
    kept.tried_at = at
    if kept.status == Status.TAKEN:
        kept.content = b""
    kept.save()
    return kept


def known_skus(sales: SalesFile) -> set[str]:
    """The articles of a file that we knew before it came."""
    return set(Variant.objects.filter(sku__in=sales.titles()).values_list("sku", flat=True))


def forget(*, at: datetime) -> int:
    """Let go of what could not be read for too long; returns how many files."""
    old = TillFile.objects.filter(recorded_at__lt=at - KEPT_FOR).exclude(content=b"")
    return old.update(content=b"")
