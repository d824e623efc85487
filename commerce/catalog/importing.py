"""Products from a file into the catalog: what is new is made, what differs is changed, the rest is left alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models, transaction
from django.utils.text import slugify

from commerce.catalog.models import Category, Picture, Product, Variant
from commerce.catalog.shopify_csv import ProductSheet, VariantSheet
from commerce.catalog.words import search_text
from commerce.csv_files import Fault


@dataclass
class Written:
    """What became of some products."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    variants: dict[str, Variant] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


@transaction.atomic
def write(sheets: Sequence[ProductSheet], *, language: str) -> Written:
    """Bring the catalog to what the sheets say. Variants that a file does not name are left as they are.

    A SKU or barcode that belongs to another product keeps its product out, with a fault that says so.
    """
    with connection.cursor() as cursor:  # two imports at once would both find a product missing
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('catalog import'))")
    written = Written()
    sheets = without_conflicts(sheets, written.faults)
    products = {
        product.handle: product
        for product in Product.objects.filter(handle__in=[sheet.handle for sheet in sheets])
        .select_for_update()
        .order_by("pk")
    }
    categories = categories_of(sheets)
    known = {handle: product.pk for handle, product in products.items()}
    moved: set[str] = set()
    fresh: list[Product] = []
    stale: list[Product] = []
    for sheet in sheets:
        product = products.setdefault(sheet.handle, Product(handle=sheet.handle))
        values = product_values(sheet, product, categories.get(sheet.category), language)
        if differs(product, values) or sheet.handle not in known:
            moved.add(sheet.handle)
            (stale if sheet.handle in known else fresh).append(product)
    Product.objects.bulk_create(fresh)
    Product.objects.bulk_update(stale, [*PRODUCT_FIELDS, "category"])
    written.variants = write_variants(sheets, products, moved)
    write_pictures(sheets, products, written.variants, moved)
    written.created = len(fresh)
    written.changed = len(moved - {product.handle for product in fresh})
    written.unchanged = len(sheets) - len(moved)
    return written


PRODUCT_FIELDS = ["title", "body", "translations", "vendor", "tags", "tax_category", "status", "search_text"]
VARIANT_FIELDS = [
    "barcode",
    "options",
    "position",
    "weight_grams",
    "content",
    "content_unit",
    "cost",
    "backorder_limit",
]


def product_values(sheet: ProductSheet, product: Product, category: Category | None, language: str) -> dict[str, Any]:
    """What a product's fields should be. Translated titles come from elsewhere and are kept."""
    translations = {code: dict(texts) for code, texts in product.translations.items()}
    for code, body in sheet.bodies.items():
        if code != language:
            translations.setdefault(code, {})["body"] = body
    values = {
        "title": sheet.title,
        "body": sheet.bodies.get(language, ""),
        "translations": translations,
        "vendor": sheet.vendor,
        "category_id": category.pk if category else None,
        "tags": sheet.tags,
        "tax_category": sheet.tax_category,
        "status": sheet.status,
    }
    options = [value for variant in sheet.variants for _, value in variant.options]
    titles = titles_of(sheet.title, translations)
    values["search_text"] = search_text(titles=titles, others=[sheet.category, *sheet.tags, *options, sheet.vendor])
    return values


def titles_of(title: str, translations: Mapping[str, Mapping[str, str]]) -> list[str]:
    """A product's titles in all its languages."""
    return [title, *(texts["title"] for texts in translations.values() if texts.get("title"))]


@transaction.atomic
def translate_titles(titles: Mapping[str, str], *, language: str) -> int:
    """Give products their titles in a further language, by handle; returns how many were called something else."""
    products = Product.objects.filter(handle__in=titles).select_for_update().order_by("pk")
    changed = []
    for product in products:
        title = titles[product.handle]
        if product.translations.get(language, {}).get("title") == title:
            continue
        product.translations.setdefault(language, {})["title"] = title
        _, _, others = product.search_text.partition("|")
        product.search_text = search_text(titles=titles_of(product.title, product.translations), others=[others])
        changed.append(product)
    Product.objects.bulk_update(changed, ["translations", "search_text"])
    return len(changed)


@transaction.atomic
def translate_words(words: Mapping[str, str], *, language: str) -> int:
    """Say categories and options in a further language, word by word; returns how many rows were called otherwise."""
    categories = list(Category.objects.select_for_update().order_by("pk"))
    moved = [category for category in categories if differs(category, {"paths": paths_with(category, words, language)})]
    Category.objects.bulk_update(moved, ["paths"])
    products = {product.pk: product for product in Product.objects.select_for_update().order_by("pk")}
    known: dict[int, dict[str, str]] = {}
    for product, options in Variant.objects.values_list("product", "options"):
        said = {word: words[word] for option in options for word in option if word in words}
        known.setdefault(product, {}).update(said)
    changed = []
    for pk, said in known.items():
        if said and products[pk].words_in(language) != said:
            products[pk].translations.setdefault(language, {})["options"] = said
            changed.append(products[pk])
    Product.objects.bulk_update(changed, ["translations"])
    return len(moved) + len(changed)


def paths_with(category: Category, words: Mapping[str, str], language: str) -> dict[str, str]:
    """A category's translations with one more, where its words are known."""
    steps = category.path.split(" > ")
    known = any(step in words for step in steps)
    return category.paths | ({language: " > ".join(words.get(step, step) for step in steps)} if known else {})


def differs(row: models.Model, values: dict[str, Any]) -> bool:
    """Set a row's fields; tells whether any of them was something else."""
    changed = False
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
            changed = True
    return changed


def without_conflicts(sheets: Sequence[ProductSheet], faults: list[Fault]) -> list[ProductSheet]:
    """The sheets whose SKUs and barcodes are free or their own already."""
    variants = [variant for sheet in sheets for variant in sheet.variants]
    skus = dict(Variant.objects.filter(sku__in=[v.sku for v in variants]).values_list("sku", "product__handle"))
    barcodes = dict(
        Variant.objects.filter(barcode__in=[v.barcode for v in variants if v.barcode]).values_list("barcode", "sku")
    )
    fit = []
    for sheet in sheets:
        found = list(conflicts(sheet, skus, barcodes))
        faults += found
        if not found:
            fit.append(sheet)
    return fit


def conflicts(sheet: ProductSheet, skus: dict[str, str], barcodes: dict[str | None, str]) -> Iterable[Fault]:
    """What of a sheet belongs to another product already. Within one product barcodes may change places."""
    own = {variant.sku for variant in sheet.variants}
    for variant in sheet.variants:
        if skus.get(variant.sku, sheet.handle) != sheet.handle:
            yield Fault(variant.row, "Variant SKU", f"SKU {variant.sku} belongs to “{skus[variant.sku]}”")
        owner = barcodes.get(variant.barcode, variant.sku)
        if owner not in own:
            yield Fault(variant.row, "Variant Barcode", f"barcode {variant.barcode} belongs to SKU {owner}")


def categories_of(sheets: Iterable[ProductSheet]) -> dict[str, Category]:
    """The categories that the sheets name, made where they are missing."""
    paths = list(dict.fromkeys(sheet.category for sheet in sheets if sheet.category))
    found = {category.path: category for category in Category.objects.filter(path__in=paths)}
    for path in paths:
        if path not in found:
            found[path] = Category.objects.create(path=path, slug=free_slug(path))
    return found


def free_slug(path: str) -> str:
    """A slug that no category has yet: “Baño” and “Bano” are two."""
    slug = slugify(path)[:190] or "category"
    taken = set(Category.objects.filter(slug__startswith=slug).values_list("slug", flat=True))
    return next(s for s in [slug, *(f"{slug}-{n}" for n in range(2, len(taken) + 3))] if s not in taken)


def write_variants(sheets: Sequence[ProductSheet], products: dict[str, Product], moved: set[str]) -> dict[str, Variant]:
    """Make and change variants; adds to `moved` whose product that touches."""
    wanted = [(sheet, each) for sheet in sheets for each in sheet.variants]
    variants = {v.sku: v for v in Variant.objects.filter(sku__in=[each.sku for _, each in wanted])}
    fresh: list[Variant] = []
    stale: list[Variant] = []
    for sheet, each in wanted:
        known = each.sku in variants
        variant = variants.setdefault(each.sku, Variant(sku=each.sku, product=products[sheet.handle]))
        if differs(variant, variant_values(each, variant)) or not known:
            (stale if known else fresh).append(variant)
            moved.add(sheet.handle)
    Variant.objects.bulk_create(fresh)
    # A barcode may go from one variant to another in one file: first give them up, then take them.
    Variant.objects.filter(pk__in=[variant.pk for variant in stale]).update(barcode=None)
    Variant.objects.bulk_update(stale, VARIANT_FIELDS)
    return variants


def variant_values(sheet: VariantSheet, variant: Variant) -> dict[str, Any]:
    """What a variant's fields should be. A backorder limit that somebody chose is kept while the file allows any."""
    chosen = variant.backorder_limit if sheet.backorder_limit and variant.backorder_limit else sheet.backorder_limit
    return {name: getattr(sheet, name) for name in VARIANT_FIELDS if name != "backorder_limit"} | {
        "backorder_limit": chosen
    }


def write_pictures(
    sheets: Sequence[ProductSheet], products: dict[str, Product], variants: dict[str, Variant], moved: set[str]
) -> None:
    """Bring the pictures to what the sheets say; those that a file no longer names go."""
    known: dict[tuple[int, str], Picture] = {
        (picture.product_id, picture.source): picture
        for picture in Picture.objects.filter(product__in=[products[sheet.handle] for sheet in sheets])
    }
    fresh: list[Picture] = []
    stale: list[Picture] = []
    for sheet in sheets:
        product = products[sheet.handle]
        of_variant = {each.picture: variants[each.sku] for each in reversed(sheet.variants) if each.picture}
        for each in sheet.pictures:
            picture = known.pop((product.pk, each.source), None) or Picture(product=product, source=each.source)
            variant = of_variant.get(each.source)
            values = {"alt": each.alt, "position": each.position, "variant_id": variant.pk if variant else None}
            if differs(picture, values) or picture.pk is None:
                (fresh if picture.pk is None else stale).append(picture)
                moved.add(sheet.handle)
    handles = {products[sheet.handle].pk: sheet.handle for sheet in sheets}
    moved.update(handles[product_id] for product_id, _ in known)
    Picture.objects.filter(pk__in=[picture.pk for picture in known.values()]).delete()
    Picture.objects.bulk_create(fresh)
    Picture.objects.bulk_update(stale, ["alt", "position", "variant"])
