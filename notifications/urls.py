"""Addresses of this room; what each takes stands in its view, who may in commerce.rest.doors."""

from django.urls import URLPattern, URLResolver, path

from notifications import (
    gate,
    outbox,
    pages,
    pages_account,
    pages_desk,
    pages_desk_cart,
    pages_desk_payments,
    pages_same,
)
from notifications.cases import api as case_api
from notifications.cases import pages as case_pages
from notifications.cases import pages_work
from notifications.conversations import api, chat, chat_cases
from notifications.mail import hooks as mail_hooks
from notifications.privacy import pages as privacy

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
    path("hooks/email/<slug:provider>/", mail_hooks.from_provider, name="hook-email"),
    path("api/v1/cases/", case_api.CasesDoor.as_view(), name="api-cases"),
    path("api/v1/cases/<public_id:public_id>/", case_api.CaseDoor.as_view(), name="api-case"),
    path("api/v1/cases/<public_id:public_id>/steps/<int:ordinal>/", case_api.StepDoor.as_view(), name="api-case-step"),
    path("api/v1/cases/<public_id:public_id>/hand-over/", case_api.HandOverDoor.as_view(), name="api-case-hand-over"),
    path("api/v1/cases/<public_id:public_id>/swap/", case_api.SwapDoor.as_view(), name="api-case-swap"),
    path("api/v1/cases/<public_id:public_id>/close/", case_api.CloseDoor.as_view(), name="api-case-close"),
    path("cases/new/<public_id:order>/", case_pages.new_case, name="case-new"),
    path("cases/<public_id:public_id>/", case_pages.own_case, name="case"),
    path("case/<slug:secret>/", case_pages.case_by_link, name="case-link"),
    path("case/<slug:secret>/photos/<public_id:public_id>/", case_pages.case_photo, name="case-photo"),
    path("staff/cases/", pages_work.case_list, name="work-cases"),
    path("staff/cases/<public_id:public_id>/", pages_work.case_page, name="work-case"),
    path("staff/cases/<public_id:public_id>/<slug:what>/", pages_work.case_act, name="work-case-act"),
    path("desk/<public_id:public_id>/cases/", pages_work.open_for, name="desk-case"),
    path("chat/", chat.chat, name="chat"),
    path("chat/case/", chat_cases.chat_case, name="chat-case"),
    path("chat/news/<int:after>/", chat.chat_news, name="chat-news"),
    path("photos/<public_id:public_id>/", chat.photo, name="photo"),
    path("s/<slug:secret>/", pages.survey, name="survey"),
    path("u/<slug:secret>/", pages.end_messages, name="unsubscribe"),
    path("account/", pages_account.account, name="account"),
    path("account/change/", pages_account.change, name="account-change"),
    path("account/consents/", pages_account.choose, name="account-consents"),
    path("account/addresses/", pages_account.add_address, name="account-addresses"),
    path("account/addresses/<int:pk>/", pages_account.remove_address, name="account-address"),
    path("account/data/", privacy.data, name="account-data"),
    path("account/data/export/", privacy.export, name="account-export"),
    path("account/data/erasure/", privacy.erasure, name="account-erasure"),
    path("desk/<public_id:public_id>/data/<slug:what>/", privacy.of_person, name="desk-data"),
    path("desk/", pages_desk.desk, name="desk"),
    path("desk/same/", pages_same.same, name="desk-same"),
    path("desk/same/<int:pk>/", pages_same.same_two, name="desk-same-two"),
    path("desk/<public_id:public_id>/gate/", gate.gate, name="desk-gate"),
    path("desk/<public_id:public_id>/done/", gate.done, name="desk-done"),
    path("desk/talks/<public_id:public_id>/reply/", pages_desk.desk_reply, name="desk-reply"),
    path("desk/talks/<public_id:public_id>/news/<int:after>/", pages_desk.desk_talk_news, name="desk-talk-news"),
    path("desk/cart/", pages_desk_cart.desk_held, name="desk-held"),
    path("desk/cart/live/", pages_desk_cart.desk_held_live, name="desk-held-live"),
    path("desk/cart/checkout/", pages_desk_cart.desk_held_checkout, name="desk-held-checkout"),
    path("desk/cart/<slug:what>/", pages_desk_cart.desk_held_act, name="desk-held-act"),
    path("desk/<public_id:public_id>/", pages_desk.desk_person, name="desk-person"),
    path("desk/<public_id:public_id>/cart/live/", pages_desk.desk_cart_live, name="desk-cart-live"),
    path("desk/<public_id:public_id>/cart/<slug:what>/", pages_desk.desk_cart, name="desk-cart"),
    path("desk/<public_id:public_id>/orders/", pages_desk_payments.desk_orders, name="desk-orders"),
    path(
        "desk/<public_id:public_id>/orders/<public_id:order>/link/",
        pages_desk_payments.desk_send_link,
        name="desk-send-link",
    ),
    path(
        "desk/<public_id:public_id>/orders/<public_id:order>/end/",
        pages_desk_payments.desk_end_checkout,
        name="desk-end-checkout",
    ),
    path("desk/<public_id:public_id>/checkout/", pages_desk.desk_checkout, name="desk-checkout"),
]
