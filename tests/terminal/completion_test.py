"""Completion in real bash, zsh and fish; the assay executable is the one argument."""

import os
import subprocess
import sys
import tempfile
import unittest

from terminal import Terminal, environment, make_history, record

ASSAY = os.path.abspath(sys.argv.pop())
TAB = "\t"


class Shells(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.TemporaryDirectory()
        history = os.path.join(cls.home.name, "history.sqlite")
        make_history(ASSAY, history, [
            record("run-1", "esm2_fp32", labels={"model": "esm2", "scope": "nightly"}),
            record("run-1", "esm2_bf16", labels={"model": "esm2", "scope": "merge"}),
            record("run-1", "openfold_fp32", labels={"model": "openfold", "scope": "merge"})])
        with open(os.path.join(cls.home.name, "a_file.jsonl"), "w", encoding="utf-8"):
            pass
        cls.environment = environment(ASSAY, cls.home.name, ASSAY_HISTORY=history)

    @classmethod
    def tearDownClass(cls):
        cls.home.cleanup()

    def shell(self, *arguments):
        terminal = Terminal(list(arguments), self.environment, plain=True)
        self.addCleanup(terminal.close)
        return terminal

    def complete(self, terminal, line, wanted):
        """Types a line and Tab; what is on the terminal when `wanted` has come."""
        terminal.write(line + TAB)
        text = terminal.read_until(wanted)
        terminal.write("\x15")  # Ctrl-U: the next line begins anew
        return text

    def check_all(self, terminal):
        self.complete(terminal, "assay resul", "assay results")
        self.complete(terminal, "assay results --sav", "--save-dir")
        self.complete(terminal, "assay results openf", "openfold_fp32")
        self.complete(terminal, "assay results recipe/openf", "recipe/openfold_fp32")
        self.complete(terminal, "assay results --label scope=ni", "scope=nightly")
        self.complete(terminal, "assay results --model=openf", "--model=openfold")
        self.complete(terminal, "assay results --format mark", "markdown")
        self.complete(terminal, "assay diff run", "run-1")
        self.complete(terminal, "assay history import a_fi", "a_file.jsonl")

    def test_bash(self):
        terminal = self.shell("bash", "--norc", "--noprofile", "-i")
        terminal.write(f"cd {self.home.name}; source <(assay completion bash); PS1='$ '; "
                       "bind 'set enable-bracketed-paste off'; echo rea''dy\r")
        terminal.read_until("ready\r\n")
        self.check_all(terminal)
        # Several candidates: their common beginning, then all of them.
        self.complete(terminal, "assay results es", "esm2_")
        self.complete(terminal, "assay results esm2_" + TAB, "esm2_fp32")
        # Without = among the word breaks, too.
        terminal.write("COMP_WORDBREAKS=${COMP_WORDBREAKS//=}; echo no''w\r")
        terminal.read_until("now\r\n")
        self.complete(terminal, "assay results --label scope=ni", "scope=nightly")

    def test_zsh(self):
        terminal = self.shell("zsh", "-f", "-i")
        terminal.write(f"cd {self.home.name}; autoload -U compinit; compinit -u -D; "
                       "unsetopt zle_bracketed_paste; PROMPT='$ '; "
                       "source <(assay completion zsh); echo rea''dy\r")
        terminal.read_until("ready\r\n")
        self.check_all(terminal)

    def test_fish(self):
        def candidates(line):
            script = f"assay completion fish | source; complete --do-complete '{line}'"
            result = subprocess.run(["fish", "--no-config", "-c", script], env=self.environment,
                                    cwd=self.home.name, capture_output=True, text=True, check=True)
            self.assertEqual(result.stderr, "")
            return [one.split("\t")[0] for one in result.stdout.splitlines()]

        self.assertIn("results", candidates("assay res"))
        self.assertIn("--save-dir", candidates("assay results --sav"))
        self.assertEqual(candidates("assay results openf"), ["openfold_fp32"])
        self.assertEqual(sorted(candidates("assay results es")), ["esm2_bf16", "esm2_fp32"])
        self.assertEqual(candidates("assay results --label scope=ni"), ["scope=nightly"])
        self.assertEqual(candidates("assay results --model=openf"), ["--model=openfold"])
        self.assertIn("run-1", candidates("assay diff run"))
        self.assertIn("a_file.jsonl", candidates("assay history import a_fi"))

    def test_scripts_are_accepted_by_their_shells(self):
        for shell, check in (("bash", ["bash", "-n"]), ("zsh", ["zsh", "-n"]),
                             ("fish", ["fish", "--no-execute"])):
            script = subprocess.run([ASSAY, "completion", shell], check=True,
                                    capture_output=True).stdout
            path = os.path.join(self.home.name, "script." + shell)
            with open(path, "wb") as file:
                file.write(script)
            subprocess.run([*check, path], check=True, env=self.environment)


if __name__ == "__main__":
    unittest.main()
