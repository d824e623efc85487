"""Cases for the shopper: the page of each case, in her account and behind its link."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.customers.sessions import person_of
from commerce.links import links
from commerce.telling import tell
from notifications.cases.letters import LINK
from notifications.cases.reach import cases_of
from notifications.cases.showing import READ_ALONG, pictures_of, shown
from notifications.pages import page
from notifications.pictures import jpeg
from orders.cases.models import Case


@never_cache
def own_case(request: HttpRequest, public_id: str) -> HttpResponse:
    """One of her cases, in her account."""
    person = person_of(request)
    if person is None:
        raise Http404
    return page(
        request, "notifications/case.html", context_of(get_object_or_404(cases_of(person), public_id=public_id))
    )


@never_cache
def case_by_link(request: HttpRequest, secret: str) -> HttpResponse:
    """A case behind the link that was sent about it."""
    link = links.find(LINK, secret, at=clock.now())
    case = get_object_or_404(Case.objects.select_related(*READ_ALONG), public_id=link.subject)
    base = reverse("case-link", args=[secret])
    return page(request, "notifications/case.html", context_of(case) | {"photo_base": f"{base}photos/"})


def case_photo(request: HttpRequest, secret: str, public_id: str) -> HttpResponse:
    """A picture of a case, behind the link to it."""
    link = links.find(LINK, secret, at=clock.now())
    return jpeg(get_object_or_404(pictures_of(Case.objects.get(public_id=link.subject)), public_id=public_id))


def context_of(case: Case) -> dict[str, object]:
    """What her page of a case shows."""
    whole = shown(case, language=get_language() or "es", to_staff=False)
    return {
        "shown": whole,
        "case": case,
        "zone": case.person.timezone,
        "story": [(entry, tell(entry)) for entry in whole.entries],
    }
