"""What a shopper sees at Stripe's: a page with an amount and a button."""

import html

from tests.peers.stripe import checkouts
from tests.peers.stripe.errors import Refusal
from tests.peers.stripe.store import Object, Store

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>body{{font:1.1rem/1.5 system-ui;max-width:24rem;margin:3rem auto;padding:0 1rem}}
button{{font:inherit;padding:.6rem 1.2rem}}.note{{background:#fff3cd;padding:.5rem}}</style>
<p class="note">Stand-in for Stripe: no money moves here.</p><h1>{title}</h1>{content}</html>"""

FORM = """<p>{error}</p><form method="post">
<label>Pay with <select name="card"><option value="visa">a card that works</option>
<option value="declined">a card that is declined</option><option value="no_funds">a card without funds</option>
<option value="transfer">a bank transfer (days)</option></select></label>
<p><button>Pay {amount}</button></p></form><p><a href="{cancel}">Back to the shop</a></p>"""


def show(session: Object, *, error: str = "") -> tuple[int, str]:
    """The page of a Checkout Session: status and HTML."""
    amount = f"{session['amount_total'] / 100:.2f} {session['currency'].upper()}"
    if session["status"] != "open":
        return 200, PAGE.format(title=f"This page is {html.escape(session['status'])}", content="")
    cancel = html.escape(session["cancel_url"] or "#", quote=True)
    content = FORM.format(amount=html.escape(amount), cancel=cancel, error=html.escape(error))
    return (402 if error else 200), PAGE.format(title=f"Pay {html.escape(amount)}", content=content)


def press(store: Store, session: Object, card: str) -> tuple[int, str]:
    """What happens at the button: 303 with the shop's address, or the page again with the bank's words."""
    try:
        checkouts.pay(store, session, card)
    except Refusal as refusal:
        return show(session, error=str(refusal))
    return 303, session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
