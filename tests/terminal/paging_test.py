"""What `assay results` does on a terminal and in a pipe; the executable is the one argument."""

import os
import subprocess
import sys
import tempfile
import unittest

from terminal import Terminal, environment, make_history, record

ASSAY = os.path.abspath(sys.argv.pop())
RED = "\x1b[31mfailed\x1b[0m"


class Results(unittest.TestCase):
    def setUp(self):
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.home = home.name
        self.history = os.path.join(self.home, "history.sqlite")
        self.environment = environment(ASSAY, self.home, ASSAY_HISTORY=self.history)

    def make(self, cases):
        make_history(ASSAY, self.history,
                     [record("r1", f"case_{i:03}") for i in range(cases - 1)]
                     + [record("r1", "bad", "failed", summary="s" * 200)])

    def run_on_terminal(self, *arguments, **more):
        terminal = Terminal(["assay", "results", *arguments], {**self.environment, **more})
        self.addCleanup(terminal.close)
        return terminal.read_to_end()

    def pager(self, text):
        path = os.path.join(self.home, "pager.sh")
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + text)
        os.chmod(path, 0o755)
        return path

    def test_a_long_list_is_paged_on_a_terminal(self):
        self.make(100)
        text, code = self.run_on_terminal(PAGER=self.pager('echo "PAGED $LESS"; cat\n'))
        self.assertIn("PAGED FRX", text)
        self.assertIn("case_098", text)
        self.assertIn(RED, text)
        self.assertEqual(code, 0)

    def test_a_short_list_is_not(self):
        self.make(2)
        text, _ = self.run_on_terminal(PAGER=self.pager("echo PAGED; cat\n"))
        self.assertNotIn("PAGED", text)
        self.assertIn(RED, text)

    def test_a_pager_left_early_is_no_error(self):
        self.make(5000)
        text, code = self.run_on_terminal("--exit-code", PAGER=self.pager("exit 0\n"))
        self.assertNotIn("case_000", text)
        self.assertEqual(code, 1)  # the run's, as ever

    def test_a_pager_that_is_not_there_loses_nothing(self):
        self.make(100)
        text, code = self.run_on_terminal(PAGER="/nowhere/pager")
        self.assertIn("case_098", text)
        self.assertEqual(code, 0)

    def test_lines_fit_the_terminal(self):
        self.make(2)
        text, _ = self.run_on_terminal(NO_COLOR="1")
        self.assertNotIn("\x1b", text)
        table = text[:text.index("\r\n\r\n")].split("\r\n")
        self.assertTrue(all(len(line) <= 100 for line in table), table)
        self.assertIn("s…", text)

    def test_a_pipe_gets_everything_and_no_colour(self):
        self.make(100)
        result = subprocess.run(["assay", "results"], capture_output=True, text=True, check=True,
                                env={**self.environment, "PAGER": self.pager("echo PAGED\n")})
        self.assertNotIn("\x1b", result.stdout)
        self.assertNotIn("PAGED", result.stdout)
        self.assertIn("s" * 200 + "\n", result.stdout)
        self.assertEqual(result.stderr, "")


if __name__ == "__main__":
    unittest.main()
