"""Every address of the house. Apps stand as strings: no module of the core imports a door."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import TemplateView
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from commerce.health import healthz, work
from commerce.rest.openapi import Description
from commerce.staff import StaffLogin
from commerce.staff_factor import second_factor

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("healthz/work", work, name="healthz-work"),
    path("robots.txt", TemplateView.as_view(template_name="robots.txt", content_type="text/plain"), name="robots"),
    path("language/", set_language, name="set_language"),
    path("admin/", admin.site.urls),
    path("staff/login/", StaffLogin.as_view(), name="staff_login"),
    path("staff/second-factor/", second_factor, name="staff_factor"),
    path("api/schema/", SpectacularAPIView.as_view(generator_class=Description), name="api-schema"),
    path("", include("commerce.inbox.urls")),
    path("", include("commerce.carts.urls")),  # brings the converters
    path("", include("commerce.approvals.urls")),
    path("", include("commerce.customers.urls")),
    path("", include("inventory.urls")),
    path("", include("orders.urls")),
    path("", include("notifications.urls")),
    path(
        "api/docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api-schema", template_name="api_docs.html"),
        name="api-docs",
    ),
]

handler400 = "commerce.rest.errors.bad_request"
handler404 = "commerce.rest.errors.not_found"
handler500 = "commerce.rest.errors.server_error"
