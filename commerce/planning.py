"""How PostgreSQL plans the statements that every purchase runs, and who has to run them one after the other."""

from collections.abc import Collection

from django.db import connection

# One by one, in the order of the array: who asks for several waits for nobody in a circle.
ALONE = "SELECT count(pg_advisory_xact_lock(hashtextextended(key, 0))) FROM unnest(%s::text[]) AS key"


def one_at_a_time(keys: Collection[str]) -> None:
    """For the rest of this transaction, be the only one who names any of these: what is counted next stays so.

    Call it before anything else is locked. The count is a statement of its own, which sees what others wrote before.
    """
    with connection.cursor() as cursor:
        cursor.execute(ALONE, [sorted(set(keys))])


def keep_plans(*, alone: Collection[str] = ()) -> None:
    """For the rest of this transaction, run prepared statements by one plan for whatever values they are given.

    With the same statement, be the only one who names any of these keys, as in one_at_a_time().

    Left to itself PostgreSQL plans a statement that takes a list anew at each call, since it guesses the length of a
    list it has not seen too high: that was 2.3 of the 8.7 ms of its CPU that a purchase took. Such a plan cannot use
    an index on some rows only (`WHERE status = 'live'`) unless the statement says so in words, not by a value.

    A plan that is kept must be right when the shop has grown, and a young shop's small tables would be read whole:
    no purchase needs a whole table, so that it is the last resort here (1.5 ms of a purchase after 2,000 others).
    Up to PostgreSQL 17 a last resort looks dear enough to be compiled first, which takes longer than any of this.
    """
    with connection.cursor() as cursor:
        settings = (
            "SELECT set_config('plan_cache_mode', 'force_generic_plan', true),"
            " set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)"
        )
        if alone:
            cursor.execute(f"{settings}, ({ALONE})", [sorted(set(alone))])
        else:
            cursor.execute(settings)
