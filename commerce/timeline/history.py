"""What happened before we were there: stories told whole, from which nothing follows."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from commerce.bulk import copy_in, next_ids
from commerce.ids import public_id
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry, Journey
from commerce.timeline.record import Happening


@dataclass(frozen=True)
class Story:
    """One happening that opens a journey, and when it was."""

    happening: Happening
    occurred_at: datetime


def tell(stories: Sequence[Story], *, by: Actor, channel: str, recorded_at: datetime) -> list[int]:
    """Open a journey for each story and write its entry; returns the journeys' ids, in order.

    commerce.wiring is not asked, so no task and no message can come of it: nobody is sent a survey about 2010.
    """
    ids = next_ids(Journey, len(stories))
    copy_in(
        Journey,
        (
            {"id": journey, "public_id": public_id(), "entry_count": 1, "opened_at": story.occurred_at}
            for journey, story in zip(ids, stories, strict=True)
        ),
    )
    copy_in(
        Entry,
        (
            {
                "journey_id": journey,
                "number": 1,
                "type": story.happening.type,
                "occurred_at": story.occurred_at,
                "recorded_at": recorded_at,
                "channel": channel,
                "actor": str(by),
                "data": json.dumps(asdict(story.happening)),  # type: ignore[call-overload]
            }
            for journey, story in zip(ids, stories, strict=True)
        ),
    )
    return ids
