"""The stories, played as a newcomer sees them: the demo command with its own servers, from an empty folder, twice."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

pytestmark = pytest.mark.slow


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def var(tmp_path_factory):
    """Servers of its own for this module; they stop with their last user."""
    folder = tmp_path_factory.mktemp("var")
    folder.chmod(0o755)
    yield folder
    subprocess.run([sys.executable, "-m", "commerce.embedded", "stop"], env=environment(folder), cwd=ROOT, check=False)


def environment(var, **more):
    own = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "MOVABLE_CLOCK")}
    return own | {"MOSTRADOR_VAR": str(var), "PORT": str(free_port()), "PYTHONUNBUFFERED": "1"} | more


def play(var, **more):
    return subprocess.run(
        [sys.executable, "manage.py", "demo"],
        env=environment(var, DEMO_EXIT="1", **more),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def entry_types(output):
    """The entries of each timeline that was printed, in order."""
    tables, rows = [], []
    for line in output.splitlines():
        if match := re.match(r"\s+(\d+)\s+\w{3} \d\d .*?\s([a-z_]+\.[a-z_]+)(\s|$)", line):
            if match[1] == "1" and rows:
                tables.append(rows)
                rows = []
            rows.append(match[2])
    return [*tables, rows]


def test_the_demo_plays_its_stories_with_other_people_each_time_and_stays_up_until_it_is_told_to_end(var):
    plays_and_leaves(var)
    plays_story_2(var)
    plays_what_goes_wrong_and_stays(var)


def plays_and_leaves(var):
    done = play(var)

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    before_sale, by_phone, in_store = entry_types(done.stdout)
    assert before_sale[0] == "conversation.message_received"
    assert before_sale[-1] == "survey.answered"
    assert before_sale.count("order.placed") == 1
    assert by_phone.count("fulfillment.delivered") == 1
    assert in_store.count("fulfillment.collected") == 1


def plays_story_2(var):
    done = play(var, STORY="2")

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    [told] = entry_types(done.stdout)
    steps = ["fulfillment.backordered", "promise.endangered", "fulfillment.allocated", "call.wanted"]
    steps += ["delivery.slot_taken", "fulfillment.handed_to_carrier", "fulfillment.delivered", "survey.answered"]
    assert [step for step in told if step in steps] == steps


def plays_what_goes_wrong_and_stays(var):
    demo = subprocess.Popen(
        [sys.executable, "manage.py", "demo"],
        env=environment(var, STORY="3"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    lines = []
    for line in demo.stdout:
        lines.append(line)
        if "stays up" in line:
            break
    demo.send_signal(signal.SIGINT)
    ended = demo.wait(timeout=30)
    demo.stdout.close()
    told = "".join(lines)
    audit = subprocess.run(
        [sys.executable, "manage.py", "audit"],
        env=environment(var),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended, audit.returncode) == (0, 0), told[-3000:] + audit.stdout
    assert "Lucía" not in told
    (after_sale,) = entry_types(told)
    assert after_sale.count("case.opened") == after_sale.count("case.closed") == 1
