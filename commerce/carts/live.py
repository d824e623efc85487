"""What other hands do in a cart, within two seconds: each viewer asks once a second, and mostly hears "as before"."""

from collections.abc import Callable
from operator import itemgetter

from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from commerce.carts.hands import hand_of, price_changes, who_words
from commerce.carts.models import Cart, CartOperation
from commerce.rest.authentication import actor_of
from commerce.telling import tell

NO_CART = '"0-none"'
MOST = 5
"""So many edits are told at most; who was away for longer looks at the cart itself."""

Show = Callable[[int], HttpResponse]


def answer(request: HttpRequest, tag: str, show: Show) -> HttpResponse:
    """Nothing where the viewer has what stands under this tag, and else the page's part, from the version she has."""
    seen = request.headers.get("If-None-Match", "")
    response = HttpResponse(status=304) if seen == tag else show(version_seen(request))
    response.headers["ETag"] = tag
    return response


def version_seen(request: HttpRequest) -> int:
    """The version that the viewer's page has; 0 where it has none, or says something else."""
    number = request.headers.get("If-None-Match", "").strip('"').partition("-")[0]
    return int(number) if number.isdecimal() and len(number) < 10 else 0


def told(cart: Cart, request: HttpRequest, *, since: int) -> list[str]:
    """What others did to a cart after a version, in words."""
    if not since:
        return []
    done = (
        cart.operations.filter(version__gt=since)
        .exclude(hand=hand_of(request) or "-")
        .select_related("variant__product")
        .order_by("-version", "-pk")[:MOST]
    )
    by_others = price_changes(cart, since=since).exclude(actor=str(actor_of(request)))
    changes = list(by_others[:MOST])
    words = who_words([*(one.actor for one in done), *(one.actor for one in changes)])
    sentences = [(one.version, sentence(one, words[one.actor])) for one in reversed(done)]
    sentences += [(one.data["version"], f"{capfirst(words[one.actor])}: {tell(one)}") for one in reversed(changes)]
    return [said for _version, said in sorted(sentences, key=itemgetter(0))][-MOST:]


def sentence(done: CartOperation, who: str) -> str:
    """One edit in words."""
    words = {
        CartOperation.Kind.ADD: _("%(who)s added %(n)s × %(what)s"),
        CartOperation.Kind.SET: _("%(who)s set %(what)s to %(n)s"),
        CartOperation.Kind.REMOVE: _("%(who)s removed %(what)s"),
    }[CartOperation.Kind(done.kind)]
    return capfirst(words % {"who": who, "n": done.quantity, "what": done.variant.product.title})
