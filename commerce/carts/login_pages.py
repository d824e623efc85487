"""Logging in on a page: the email, then the code."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language

from commerce import clock
from commerce.carts.arrivals import Choice
from commerce.carts.doorstep import ask_for_code, enter_code
from commerce.customers.sessions import close_session, pending_code

NEXT = "next"
"""Where a visitor wanted to go when she was asked to log in; kept in her session, and only a place of ours."""


class EmailForm(forms.Form):
    """Where to send a code."""

    email = forms.EmailField(max_length=254)


class CodeForm(forms.Form):
    """The code that came, and whether she wants reminders. An empty box is no answer: it takes nothing back."""

    code = forms.CharField(max_length=20)
    reminders = forms.BooleanField(required=False)


def log_in(request: HttpRequest) -> HttpResponse:
    """The first step: an email, known or not."""
    form = EmailForm(request.POST or None)
    if wanted := request.GET.get(NEXT):
        request.session[NEXT] = wanted
    if form.is_valid():
        ask_for_code(request, form.cleaned_data["email"], language=get_language() or "es", at=clock.now())
        return redirect("account_login_code")
    return render(request, "carts/log_in.html", {"form": form})


def log_in_code(request: HttpRequest) -> HttpResponse:
    """The second step: the code that came."""
    login_code = pending_code(request)
    if login_code is None:
        return redirect("account_login")
    form = CodeForm(request.POST or None)
    if form.is_valid():
        wanted = request.session.pop(NEXT, "/")
        choices = [Choice("email", "reminder", granted=True)] if form.cleaned_data["reminders"] else []
        enter_code(request, code=form.cleaned_data["code"], choices=choices, at=clock.now())
        ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
        return redirect(wanted if ours else "/")
    return render(request, "carts/log_in_code.html", {"form": form, "email": login_code.contact_point.value})


def log_out(request: HttpRequest) -> HttpResponse:
    """Log out: nothing of hers stays in this browser."""
    close_session(request)
    return redirect("/")
