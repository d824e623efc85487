"""Addresses of this room; what each takes stands in its view, who may in commerce.rest.doors."""

from django.urls import path

from commerce.inbox.hooks import hook

urlpatterns = [path("hooks/<slug:provider>/", hook, name="hook")]
