"""What is sold: products, their variants, pictures and categories."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from commerce.ids import PublicIdField


class Category(models.Model):
    """A shelf of the catalog; the path holds its parents, as in "Mesa > Tazas"."""

    path = models.CharField(max_length=200, unique=True)
    slug = models.SlugField(max_length=200, unique=True)
    paths = models.JSONField(default=dict, blank=True, help_text='translations: {"en": "Table > Cups"}')

    class Meta:
        ordering = ["path"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.path

    def path_in(self, language: str) -> str:
        """The path in a language, where it is translated."""
        path: str = self.paths.get(language) or self.path
        return path


class Product(models.Model):
    """What a shopper chooses; what she buys is one of its variants."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        DRAFT = "draft"
        ARCHIVED = "archived"

    public_id = PublicIdField()
    handle = models.SlugField(max_length=120, unique=True, help_text="its name in links, and in imports")
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True, help_text="HTML, cleaned at import")
    translations = models.JSONField(
        default=dict, blank=True, help_text='{"en": {"title": …, "body": …, "options": {"Azul": "Blue", …}}}'
    )
    vendor = models.CharField(max_length=100, blank=True)
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="products")
    tags = models.JSONField(default=list, blank=True)
    tax_category = models.CharField(max_length=20, default="standard")
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    search_text = models.TextField(blank=True, editable=False, help_text="folded words, for search")

    class Meta:
        ordering = ["title"]
        indexes = [GinIndex(fields=["search_text"], opclasses=["gin_trgm_ops"], name="product_search")]

    def __str__(self) -> str:
        return self.title

    def words_in(self, language: str) -> dict[str, str]:
        """What its options and their values are called in a language, where they are translated."""
        words: dict[str, str] = self.translations.get(language, {}).get("options", {})
        return words


class ContentUnit(models.TextChoices):
    """What the content of a package is measured in; prices are told per 1,000 g or ml, 100 cm, 10,000 cm², or piece."""

    GRAM = "g"
    MILLILITRE = "ml"
    CENTIMETRE = "cm"
    SQUARE_CENTIMETRE = "cm2"
    PIECE = "piece"


class Variant(models.Model):
    """One thing that can be bought, counted and scanned.

    Stock, holds and orders know it by its id: its SKU may change though units of it are reserved; it cannot be deleted.
    """

    public_id = PublicIdField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="variants")
    sku = models.CharField(max_length=60, unique=True)
    barcode = models.CharField(max_length=14, null=True, blank=True, unique=True, help_text="GTIN")
    options = models.JSONField(default=list, blank=True, help_text='[["Color", "Azul"], ["Talla", "M"]]')
    position = models.PositiveSmallIntegerField(default=1)
    weight_grams = models.PositiveIntegerField(default=0)
    content = models.PositiveIntegerField(null=True, blank=True, help_text="what is in it, for the unit price")
    content_unit = models.CharField(max_length=5, choices=ContentUnit, blank=True)
    cost = models.BigIntegerField(null=True, blank=True, help_text="minor units, for margins")
    backorder_limit = models.PositiveIntegerField(default=0, help_text="units that may be promised before they come")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["product", "position"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(content__isnull=True, content_unit="")
                | models.Q(content__gte=1, content_unit__in=["g", "ml", "cm", "cm2", "piece"]),
                name="variant_content_has_unit",
            ),
        ]

    def __str__(self) -> str:
        return self.sku

    @property
    def options_text(self) -> str:
        """The choice in words, such as "Azul / M"."""
        return " / ".join(value for _, value in self.options)

    def options_in(self, language: str) -> str:
        """The choice in a language, where its words are translated; its product must be at hand."""
        words = self.product.words_in(language)
        return " / ".join(words.get(value, value) for _, value in self.options)


class Picture(models.Model):
    """A picture of a product, or of one variant."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="pictures")
    variant = models.ForeignKey(Variant, null=True, blank=True, on_delete=models.CASCADE, related_name="pictures")
    source = models.CharField(max_length=500, help_text="web address, or a path below the static files")
    alt = models.CharField(max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["product", "source"], name="picture_once_per_product")]

    def __str__(self) -> str:
        return self.source
