"""The real discounts of ../shared/data/complete-journey, as far as their rules can be derived: printed, and held to.

Without that folder beside the checkout this is skipped.
"""

from pathlib import Path

import pytest

from tests.commerce.quotes.complete_journey import compare, lines_of


@pytest.mark.shared
def test_discounts_whose_rule_can_be_derived_are_reckoned_to_the_cent(shared: Path, capsys) -> None:
    told = compare(lines_of(shared / "data" / "complete-journey"))

    with capsys.disabled():
        print(f"\n{told.baskets} baskets with a discount")
        print(f"rules of the basket itself: {told.expressible} can be derived, {told.exact} agree")
        for reason, count in told.inexpressible.most_common():
            print(f"  {count} cannot, mostly because: {reason}")
        print(f"rules of other baskets only: {told.derived} can be derived, {told.agree} agree")
        for reason, count in told.why_not.most_common():
            print(f"  {count} cannot, mostly because: {reason}")
        print(f"{told.lines} lines with a discount; by how near the other baskets are:")
        for near, count in told.lines_derived.most_common():
            print(f"  {near}: {count} derived, {told.lines_agree[near]} agree")
    assert told.baskets == 2093
    assert told.exact == told.expressible
    assert told.derived + sum(told.why_not.values()) == told.baskets
