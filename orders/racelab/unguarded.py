"""The web process with its guards taken away; only the race lab starts it, on a database of its own."""

from importlib import import_module

from commerce.wsgi import application

__all__ = ["application"]

import_module("orders.racelab.without_guards").take_away()  # models can be imported only now
