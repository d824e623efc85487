"""The web process with a guard taken away; only the race lab starts it, on a database of its own."""

import os
from importlib import import_module

from commerce.wsgi import application

__all__ = ["application"]

# models can be imported only now
import_module("orders.racelab.without_guards").take_away(os.environ["RACELAB_WITHOUT"])
