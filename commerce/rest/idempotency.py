"""A POST that was sent twice happens once."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

import orjson
from django.db import IntegrityError, OperationalError, transaction
from rest_framework.request import Request
from rest_framework.response import Response

from commerce import clock
from commerce.ids import digest
from commerce.rest.authentication import actor_of
from commerce.rest.models import IdempotentAnswer
from commerce.rest.problems import Problem
from commerce.timeline.actors import VISITOR


class KeyReused(Problem):
    """The key was used before, with another request."""

    code = "idempotency_key_reused"
    status = 422


class StillRunning(Problem):
    """The first request with this key has not ended yet."""

    code = "idempotency_in_progress"
    status = 409


class BadKey(Problem):
    """The key is no key."""

    code = "idempotency_key_invalid"
    status = 400


View = Callable[..., Response]

VISITORS_KEY = 16
"""Visitors share one name, so a key such as "1" could bring one visitor the answer that another one got."""

AS_SENT = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
"""How the renderer writes an answer, so that a repeated one is the same to the letter."""


def idempotent(post: View) -> View:
    """Make an API method take `Idempotency-Key`: same key and request, same answer; another request, 422.

    Everything happens in one transaction with the stored answer, so a crash leaves either both or neither. A refusal
    is not stored: nothing happened, and the caller may try again with the same key. Without a key the method just runs
    in its transaction.
    """

    @wraps(post)
    def wrapped(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            with transaction.atomic():
                return post(view, request, *args, **kwargs)
        caller = caller_of(request)
        if len(key) > 255:
            raise BadKey("an Idempotency-Key has at most 255 characters")
        if caller == str(VISITOR) and len(key) < VISITORS_KEY:
            raise BadKey(f"an Idempotency-Key of somebody unknown has at least {VISITORS_KEY} random characters")
        content = digest(f"{request.method} {request.path} " + json.dumps(request.data, sort_keys=True))
        try:
            with transaction.atomic():
                # The unique index makes a second request with the key wait here until the first has ended.
                answer = IdempotentAnswer.objects.create(
                    caller=caller, key=key, request_digest=content, created_at=clock.now()
                )
                response = post(view, request, *args, **kwargs)
                answer.status = response.status_code
                answer.body = orjson.dumps(response.data, default=str, option=AS_SENT).decode()
                answer.save(update_fields=["status", "body"])
                return response
        except IntegrityError as problem:
            earlier = IdempotentAnswer.objects.filter(caller=caller, key=key).first()
            if earlier is None:
                raise
            if earlier.request_digest != content:
                raise KeyReused("this Idempotency-Key was used for another request") from problem
            body = orjson.loads(earlier.body or "null")
            return Response(body, status=earlier.status, headers={"Idempotency-Replayed": "true"})
        except OperationalError as problem:
            if "lock timeout" in str(problem) and "idempotentanswer" in str(problem):
                raise StillRunning("the first request with this Idempotency-Key is still running") from problem
            raise

    wrapped.idempotent = True  # type: ignore[attr-defined]
    return wrapped


def caller_of(request: Request) -> str:
    """Whose keys these are."""
    return str(actor_of(request))[:80]
