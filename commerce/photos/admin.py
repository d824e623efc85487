"""Photos in the admin: that there is one, and how large; what it shows is read where it was sent."""

from django.contrib import admin

from commerce.backoffice import ReadOnly
from commerce.photos.models import Photo


@admin.register(Photo)
class PhotoAdmin(ReadOnly):
    """Pictures that people sent."""

    list_display = ("public_id", "width", "height", "taken_in_at")
    exclude = ("content",)
    ordering = ("-pk",)
