"""Addresses of this room; what each takes stands in its view, who may in commerce.rest.doors."""

from django.urls import URLPattern, URLResolver, path

from notifications import outbox, pages
from notifications.conversations import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/conversations/", api.ConversationsDoor.as_view(), name="api-conversations"),
    path("api/v1/conversations/<public_id:public_id>/", api.ConversationDoor.as_view(), name="api-conversation"),
    path("api/v1/conversations/<public_id:public_id>/reply/", api.ReplyDoor.as_view(), name="api-conversation-reply"),
    path(
        "api/v1/conversations/<public_id:public_id>/reply-with-code/",
        api.ReplyWithCodeDoor.as_view(),
        name="api-conversation-gift",
    ),
    path("api/v1/messages/", api.MessagesDoor.as_view(), name="api-messages"),
    path("api/v1/outbox/", api.OutboxDoor.as_view(), name="api-outbox"),
    path("outbox/", outbox.outbox, name="outbox"),
    path("outbox/<public_id:public_id>/", outbox.outbox_message, name="outbox-message"),
    path("outbox/<public_id:public_id>/mail/", outbox.outbox_mail, name="outbox-mail"),
    path("outbox/<public_id:public_id>/report/", outbox.outbox_report, name="outbox-report"),
    path("s/<slug:secret>/", pages.survey, name="survey"),
    path("u/<slug:secret>/", pages.end_messages, name="unsubscribe"),
]
