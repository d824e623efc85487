"""Is this web process alive, does it reach its database, and is the work being done?"""

from dataclasses import asdict

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from commerce import clock
from commerce.timeline.backlog import work_due


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when a query works; otherwise the error page a load balancer understands."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def work(request: HttpRequest) -> JsonResponse:
    """How much is due and not done; 503 where it waits for too long or is too much, so that a monitor raises alarm."""
    due = work_due(at=clock.now())
    return JsonResponse(asdict(due) | {"alarm": due.is_alarming()}, status=503 if due.is_alarming() else 200)
