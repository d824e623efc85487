"""What a shopper sees at Stripe's: a page with an amount and a button."""

import html

from tests.peers.stripe import checkouts, customers
from tests.peers.stripe.errors import Refusal
from tests.peers.stripe.store import Object, Store

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>body{{font:1.1rem/1.5 system-ui;max-width:24rem;margin:3rem auto;padding:0 1rem}}
button{{font:inherit;padding:.6rem 1.2rem}}.note{{background:#fff3cd;padding:.5rem}}</style>
<p class="note">Stand-in for Stripe: no money moves here.</p><h1>{title}</h1>{content}</html>"""

FORM = """<p>{error}</p><form method="post">
<label>Pay with <select name="card">{kept}<option value="visa">a card that works</option>
<option value="declined">a card that is declined</option><option value="no_funds">a card without funds</option>
<option value="transfer">a bank transfer (days)</option></select></label>
<p><button>Pay {amount}</button></p></form><p><a href="{cancel}">Back to the shop</a></p>"""


SET_UP = """<p>{error}</p><form method="post">
<label>Keep <select name="card"><option value="visa">a card that works</option>
<option value="mastercard">another card that works</option>
<option value="declined">a card that is declined</option></select></label>
<p><button>Keep this card</button></p></form><p><a href="{cancel}">Back to the shop</a></p>"""


def show(store: Store, session: Object, *, error: str = "") -> tuple[int, str]:
    """The page of a Checkout Session: status and HTML."""
    if session["status"] != "open":
        return 200, PAGE.format(title=f"This page is {html.escape(session['status'])}", content="")
    cancel = html.escape(session["cancel_url"] or "#", quote=True)
    if session["mode"] == "setup":
        content = SET_UP.format(cancel=cancel, error=html.escape(error))
        return (402 if error else 200), PAGE.format(title="Keep a card", content=content)
    amount = html.escape(f"{session['amount_total'] / 100:.2f} {session['currency'].upper()}")
    cards = [(card["id"], card["card"]["brand"], card["card"]["last4"]) for card in customers.offered(store, session)]
    kept = "".join(f'<option value="{which}">the kept {brand} {last4}</option>' for which, brand, last4 in cards)
    content = FORM.format(amount=amount, cancel=cancel, error=html.escape(error), kept=kept)
    return (402 if error else 200), PAGE.format(title=f"Pay {amount}", content=content)


def press(store: Store, session: Object, card: str) -> tuple[int, str]:
    """What happens at the button: 303 with the shop's address, or the page again with the bank's words."""
    try:
        checkouts.pay(store, session, card)
    except Refusal as refusal:
        return show(store, session, error=str(refusal))
    return 303, session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
