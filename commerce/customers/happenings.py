"""What happens to people, as the timeline tells it: ids and facts, no names and no addresses."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class LoginCodeRequested:
    """Somebody wants to log in; the code must be sent."""

    type: ClassVar[str] = "login_code.requested"
    person: str
    login_code: str


@dataclass(frozen=True)
class PersonRegistered:
    """She proved an address and has an account from now on."""

    type: ClassVar[str] = "person.registered"
    person: str


@dataclass(frozen=True)
class PersonLoggedIn:
    """She is the one who holds this browser, until she logs out."""

    type: ClassVar[str] = "person.logged_in"
    person: str


@dataclass(frozen=True)
class PersonMerged:
    """Two people were found to be one; `root` is the one under whom both are read."""

    type: ClassVar[str] = "person.merged"
    person: str
    into: str
    root: str
    evidence: str


@dataclass(frozen=True)
class PersonSplit:
    """The finding was wrong: both are again who they were."""

    type: ClassVar[str] = "person.split"
    person: str
    out_of: str


@dataclass(frozen=True)
class ConsentChosen:
    """She said yes or no to one purpose, over one contact channel, at one address."""

    type: ClassVar[str] = "consent.chosen"
    person: str
    contact_point: int
    contact_channel: str
    purpose: str
    granted: bool


@dataclass(frozen=True)
class ServingBegun:
    """A member of the staff, who is the actor, acts for a person from now on; `proof` is how she showed who she is."""

    type: ClassVar[str] = "serving.begun"
    person: str
    proof: str
    reason: str


@dataclass(frozen=True)
class ServingEnded:
    """The member of the staff is done with her."""

    type: ClassVar[str] = "serving.ended"
    person: str


@dataclass(frozen=True)
class PersonGrouped:
    """A person is of this group from now on, whose prices and promotions she gets; of none if it is empty."""

    type: ClassVar[str] = "person.grouped"
    person: str
    group: str
