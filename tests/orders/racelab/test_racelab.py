"""The race lab itself: what it prints, and that it would notice."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection

from orders.racelab import without_guards
from orders.racelab.running import Result
from orders.racelab.scenarios import SCENARIOS

ROOT = Path(__file__).resolve().parent.parent.parent.parent
GOOD = Result("rush", 1, 32, allowed=5, sold=5, oversold=0, deadlocks=0, errors_5xx=0, control_failed=True)


@pytest.mark.parametrize(
    "fault", [{"oversold": 1}, {"deadlocks": 1}, {"errors_5xx": 1}, {"control_failed": False}, {"sold": 6}, {"sold": 4}]
)
def test_a_scenario_holds_only_without_any_fault_and_with_a_control_that_fails(fault):
    assert GOOD.holds
    assert not replace(GOOD, **fault).holds


@pytest.mark.parametrize("guard", sorted(without_guards.GUARDS))
def test_guards_are_taken_away_on_a_throw_away_database_only(guard):
    assert not connection.settings_dict["NAME"].startswith("racelab_")

    with pytest.raises(RuntimeError):
        without_guards.take_away(guard)


def test_every_scenario_says_which_guard_its_control_does_without():
    assert {scenario.guard for scenario in SCENARIOS} == set(without_guards.GUARDS)
    assert sum(scenario.brief for scenario in SCENARIOS) >= 100


@pytest.mark.slow
@pytest.mark.database
def test_short_races_over_http_sell_what_is_there_and_would_notice_a_missing_guard():
    names = ["last-unit", "three-lines", "offline", "lease"]
    chosen = [part for name in names for part in ("--scenario", name)]
    command = [sys.executable, "manage.py", "racelab", *chosen, "--seed", "5", "--rounds", "1", "--json"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)

    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert [result["scenario"] for result in results] == names
    for result in results:
        assert list(result) == [
            "scenario",
            "seed",
            "operations",
            "allowed",
            "sold",
            "oversold",
            "deadlocks",
            "errors_5xx",
            "control_failed",
        ]
        assert (result["seed"], result["control_failed"]) == (5, True)
        assert result["sold"] == result["allowed"] > 0
