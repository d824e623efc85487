"""Which picture shows a variant: several of them may share one, such as all sizes of a color."""

from collections.abc import Iterable

from commerce.catalog.models import Picture, Variant


def picture_of(variant: Variant, pictures: Iterable[Picture]) -> Picture | None:
    """A variant's own picture, else that of the variant most like it, else the first of its product, if there is any.

    The pictures are those of its product, in their order, each with its variant.
    """
    return max(pictures, key=lambda picture: likeness(variant, picture), default=None)


def likeness(variant: Variant, picture: Picture) -> int:
    """How well a picture fits: the options that its variant shares; its own picture fits best of all."""
    if picture.variant is None:
        return 0
    if picture.variant_id == variant.pk:
        return 100
    return sum(option in picture.variant.options for option in variant.options)
