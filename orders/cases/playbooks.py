"""The playbooks a new installation begins with; the back office changes them as it likes."""

from dataclasses import dataclass

from orders.cases.models import Kind, Playbook, PlaybookStep, Team

A, S, W, C = Team.AGENT, Team.STORE, Team.WAREHOUSE, Team.CARRIER


@dataclass(frozen=True)
class Step:
    """A step as it is written down here; see PlaybookStep."""

    hours: int
    team: Team
    es: str
    en: str
    is_told: bool = True


LOOK = Step(4, A, "Miramos lo que nos cuentas y las fotos", "We look at what you told us and the pictures")
SWAP = (
    Step(8, W, "Reservamos el artículo de repuesto", "We keep a replacement for you"),
    Step(16, C, "El transportista te llama para el cambio", "The carrier calls you to agree the swap"),
    Step(
        40,
        C,
        "El transportista te trae el nuevo y recoge el otro",
        "The carrier brings a new one, takes the other",
    ),
    Step(56, W, "Revisamos lo que has devuelto", "We check what came back", is_told=False),
)
ANSWER = Step(16, A, "Te respondemos con una solución", "We answer with a solution")
TRACE = Step(8, C, "El transportista busca el paquete", "The carrier looks for the parcel")

STEPS: dict[Kind, tuple[Step, ...]] = {
    Kind.DAMAGED: (LOOK, *SWAP),
    Kind.WRONG_ITEM: (LOOK, *SWAP),
    Kind.MISSING_PART: (
        LOOK,
        Step(8, W, "Preparamos la pieza que falta", "We prepare the missing part"),
        Step(40, C, "El transportista te la entrega", "The carrier brings it"),
    ),
    Kind.LATE: (TRACE, ANSWER),
    Kind.NOT_RECEIVED: (TRACE, ANSWER, Step(24, A, "Reenvío o reembolso", "Sent again, or money back")),
    Kind.BILLING: (Step(8, A, "Revisamos el cobro", "We check the charge"), ANSWER),
    Kind.COMPLAINT: (LOOK, ANSWER),
    Kind.OTHER: (LOOK, ANSWER),
}
REPLY_DAYS = {Kind.BILLING: 5}
"""Working days for undue charges; 15 for all else (Spanish Ley 10/2025)."""


def write_missing() -> int:
    """Write the playbooks that do not exist yet; what the back office changed stays. Returns how many."""
    written = 0
    for kind, steps in STEPS.items():
        playbook, is_new = Playbook.objects.get_or_create(kind=kind, defaults={"reply_days": REPLY_DAYS.get(kind, 15)})
        if is_new:
            written += 1
            PlaybookStep.objects.bulk_create(
                PlaybookStep(
                    playbook=playbook,
                    ordinal=ordinal,
                    title_es=step.es,
                    title_en=step.en,
                    team=step.team,
                    hours=step.hours,
                    is_told=step.is_told,
                )
                for ordinal, step in enumerate(steps, start=1)
            )
    return written


def playbook_of(kind: str) -> Playbook:
    """The playbook of a kind; a kind that nobody wrote down is answered like any other matter."""
    found = Playbook.objects.prefetch_related("steps").filter(kind__in=[kind, Kind.OTHER])
    known = {playbook.kind: playbook for playbook in found}
    if kind not in known and Kind.OTHER not in known:
        write_missing()
        return playbook_of(kind)
    return known.get(kind) or known[Kind.OTHER]
