"""Whose units are held and promised: inventory knows demands, which are the public ids of order lines."""

from collections.abc import Collection

from orders.models import OrderLine


def orders_of(demands: Collection[str]) -> dict[str, tuple[str, str]]:
    """Demand → public id and number of its order; a checkout that is still going on has no number yet."""
    lines = OrderLine.objects.filter(public_id__in=demands)
    rows = lines.values_list("public_id", "order__public_id", "order__number")
    return {demand: (order, number or "") for demand, order, number in rows}
