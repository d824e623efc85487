from django.apps import AppConfig


class PhotosConfig(AppConfig):
    name = "commerce.photos"
    label = "photos"
