"""Price tags: what one unit costs, for shop windows and product pages. The basket's price is asked of `quote`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from commerce.channels.models import SalesChannel
from commerce.pricing.prices import look_up
from commerce.promotions.rules import rules_for
from commerce.quotes.reckoning import Wanted, reckon


@dataclass(frozen=True)
class PriceTag:
    """One unit's price with tax, the higher one it is compared with, and why it is less."""

    currency: str
    amount: int
    was: int | None
    tax_basis_points: int
    reasons: tuple[str, ...]

    @property
    def tax_percent(self) -> str:
        """The rate as it stands beside a price: 21, or 5.2."""
        return f"{self.tax_basis_points / 100:g}"


def price_tags(
    variant_ids: Sequence[int], *, sales_channel: SalesChannel, at: datetime, language: str = ""
) -> dict[int, PriceTag]:
    """The tag of each variant that can be bought here and now; two queries for any number of them."""
    offers, _ = look_up(variant_ids, sales_channel=sales_channel, at=at, language=language)
    products = [offer.product_id for offer in offers.values()]
    rules = rules_for(products, coupon=None, person=None, at=at, language=language)
    tags = {}
    for variant, offer in offers.items():
        priced = reckon([Wanted(variant, 1)], offers, rules, currency=sales_channel.currency)
        line = priced.lines[0]
        was = max(offer.compare_at or 0, line.goods_total)
        tags[variant] = PriceTag(
            currency=priced.currency,
            amount=line.total,
            was=was if was > line.total else None,
            tax_basis_points=line.tax_basis_points,
            reasons=line.promotions,
        )
    return tags
