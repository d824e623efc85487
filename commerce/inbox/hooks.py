"""The door of all webhooks: /hooks/<provider>/."""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from commerce import clock, wiring
from commerce.inbox.receiving import Challenge, Delivery, Malformed, Refused, receive, verify


class TooLarge(Refused):
    """More than a webhook has to say."""

    def __init__(self) -> None:
        super().__init__("the body is too large", code="too_large", status=413)


@csrf_exempt
def hook(request: HttpRequest, provider: str) -> HttpResponse:
    """Verify, store once, answer; what it means is found out later."""
    at = clock.now()
    try:
        delivery = Delivery(
            method=request.method or "",
            headers=request.headers,
            query=request.GET.dict(),
            body=body_of(request, most=wiring.LARGE_BODIES.get(provider, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)),
        )
        verified = verify(provider, delivery, at=at)
    except Refused as refusal:
        return problem(refusal)
    if isinstance(verified, Challenge):
        return HttpResponse(verified.answer, content_type="text/plain; charset=utf-8")
    is_new = receive(provider, verified.external_id, delivery.body, at=at)
    return JsonResponse({"status": "received" if is_new else "known"})


def body_of(request: HttpRequest, *, most: int) -> bytes:
    """The raw body, which is what was signed; raises TooLarge above so many bytes, Malformed if it breaks off."""
    try:
        body = request.read(most + 1)
    except UnreadablePostError as problem:
        raise Malformed("the body broke off") from problem
    if len(body) > most:
        raise TooLarge
    return body


def problem(refusal: Refused) -> JsonResponse:
    """A refusal as RFC 9457 problem details, as the API words them."""
    return JsonResponse(
        {
            "type": f"about:blank#{refusal.code}",
            "title": HTTPStatus(refusal.status).phrase,
            "status": refusal.status,
            "code": refusal.code,
            "detail": refusal.detail,
        },
        status=refusal.status,
        content_type="application/problem+json",
    )
