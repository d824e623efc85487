from django.apps import AppConfig


class ShopifyStockConfig(AppConfig):
    name = "inventory.shopify"
    label = "shopify_stock"
    verbose_name = "Shopify's stock"
