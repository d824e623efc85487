"""Who plays: invented people, another one at each play."""

GIVEN_NAMES = ("Lucía", "Nuria", "Carmen", "Irene", "Alba", "Teresa", "Olga", "Rocío", "Blanca", "Inés")
FAMILY_NAMES = ("Ferrer Molina", "Sanz Rubio", "Ortega Gil", "Vidal Cano", "Prieto Soler")


def person(number: int) -> dict[str, str]:
    """The person of the n-th play; nobody comes twice."""
    given = GIVEN_NAMES[number % len(GIVEN_NAMES)]
    family = FAMILY_NAMES[number // len(GIVEN_NAMES) % len(FAMILY_NAMES)]
    plain = given.lower().translate(str.maketrans("íéó", "ieo"))
    return {
        "given_name": given,
        "family_name": family,
        "email": f"{plain}.{number + 1}@example.com",
        "phone": f"+34600{100000 + number:06d}",
    }
