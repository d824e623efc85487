"""A command shows how far it has come, on a terminal and in a log."""

from io import StringIO

from commerce.progress import Progress


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_gets_one_line_per_tenth():
    log = StringIO()
    bar = Progress("lines", log)

    for done in range(1001):
        bar.show(done, 1000)

    lines = log.getvalue().splitlines()
    assert len(lines) == 11
    assert lines[5].startswith("lines [############             ]  50 %  500 of 1,000  ")


def test_a_terminal_gets_one_line_that_is_drawn_again():
    terminal = Terminal()
    bar = Progress("rows", terminal)

    for done in (0, 1, 2):
        bar.show(done, 2)

    assert terminal.getvalue().count("\r") == 3
    assert terminal.getvalue().count("\n") == 1


def test_nothing_to_do_is_done():
    log = StringIO()

    Progress("rows", log).show(0, 0)

    assert "0 of 0" in log.getvalue()
