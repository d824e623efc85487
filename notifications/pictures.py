"""Pictures that people send: several in one field of a form, and each as it is shown."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _

from commerce.photos.models import Photo

MAX_PHOTOS = 4


class Several(forms.FileInput):
    """A file field that takes more than one."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """All files of that name."""
        return files.getlist(name)


class Pictures(forms.FileField):
    """Up to four files; what they are is found out by reading them, not by their names."""

    widget = Several

    def clean(self, data: list[UploadedFile] | None, initial: object = None) -> list[UploadedFile]:
        """The files as they came; raises ValidationError for too many."""
        files = [file for file in data or [] if file]
        if len(files) > MAX_PHOTOS:
            raise forms.ValidationError(_("At most %(most)s pictures at a time.") % {"most": MAX_PHOTOS})
        return files


def jpeg(photo: Photo) -> HttpResponse:
    """A picture that can do nothing but be looked at; raises Http404 if it was erased."""
    if not photo.content:
        raise Http404
    headers = {"Cache-Control": "private, max-age=3600", "Content-Security-Policy": "default-src 'none'; sandbox"}
    return HttpResponse(bytes(photo.content), content_type="image/jpeg", headers=headers)
