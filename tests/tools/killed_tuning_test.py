# SPDX-License-Identifier: Apache-2.0
"""Tunings that are killed at any moment keep what they had settled, and lose nothing good."""

import json
import random
import subprocess
import time
from pathlib import Path

import program_case
from program_case import ROOT, TFLITE, ProgramCase

KILLS = 8
MOST_TRIES = 40
# More layers than the digits have, where it lies beside the checkout.
NETWORK = ROOT.parent / "shared" / "models" / "mobilenet_v1_0.25_224_fp32.tflite"
NO_LAYERS = ("blacklisted kernel ", "trusted kernel ", "ended in trial ", "device")


def model():
    if NETWORK.exists():
        return NETWORK
    print(f"{NETWORK} is not there: killing tunings of {TFLITE} instead")
    return TFLITE


class KilledTunings(ProgramCase):
    def setUp(self):
        super().setUp()
        self.cache = self.folder / "tune.json"
        self.random = random.Random(5)

    def kill_at_a_random_moment(self, most_seconds, *arguments):
        """Whether it had to be killed; else it was done before."""
        program = str(Path(program_case._arguments.program).resolve())
        process = subprocess.Popen(
            [program, *map(str, arguments)],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(self.random.uniform(0, most_seconds))
        process.kill()
        return process.wait() != 0

    def entries(self):
        """Of the cache file, which is whole whenever it is there."""
        if not self.cache.exists():
            return []
        return json.loads(self.cache.read_text())["entries"]

    def settled(self):
        return {
            entry["op"]: entry["candidate"]
            for entry in self.entries()
            if not entry["op"].startswith(NO_LAYERS) and "unfinished" not in entry["build"]
        }

    def kill_often(self, *arguments):
        """Kills runs of the program at random moments; most leave more than they found."""
        begin = time.monotonic()
        self.run_program(*arguments, "--cache", self.folder / "other.json")
        most_seconds = time.monotonic() - begin
        kills = 0
        gains = 0
        known = {}
        for _ in range(MOST_TRIES):
            if kills == KILLS:
                break
            killed = self.kill_at_a_random_moment(most_seconds, *arguments, "--cache", self.cache)
            kills += killed
            most_seconds *= 1.1 if killed else 0.7  # what is known takes no time
            settled = self.settled()
            self.assertEqual({op: settled.get(op) for op in known}, known)
            gains += killed and len(settled) > len(known)
            known = settled
        self.assertGreater(kills, 1)
        if gains == 0:  # a machine with other work: nothing was settled before any kill
            print(f"none of {kills} kills left more than it found")

    def assert_nothing_is_lost(self):
        """Whatever was suspected is run again by a tuning that goes on to its end."""
        before = self.settled()
        report = self.report("tune", "tune", model(), "--budget-ms", 1500, "--cache", self.cache)
        self.assertEqual(
            [entry for entry in self.entries() if entry["op"].startswith("blacklisted")], []
        )
        after = self.settled()
        self.assertEqual({op: after.get(op) for op in before}, before)
        sources = [layer["source"] for layer in report["layers"]]
        self.assertGreaterEqual(sources.count("cache"), 1 if before else 0)
        again = self.report("tune", "tune", model(), "--budget-ms", 200, "--cache", self.cache)
        free = sum(layer["source"] in ("cache", "tuned") for layer in report["layers"])
        self.assertEqual(sum(layer["source"] == "cache" for layer in again["layers"]), free)
        leftovers = {path.name for path in self.folder.iterdir()} - {"tune.json", "other.json"}
        self.assertEqual({name for name in leftovers if ".trying-" in name}, set())

    def test_a_killed_tuning_with_a_budget_keeps_what_it_had_settled(self):
        self.kill_often("tune", model(), "--budget-ms", 800)
        self.assert_nothing_is_lost()

    def test_killed_sessions_that_tune_themselves_keep_what_they_had_settled(self):
        flags = ("--min-secs", 2, "--warmup-runs", 0, "--tune-in-situ")
        self.kill_often("bench", model(), *flags)
        self.assert_nothing_is_lost()


if __name__ == "__main__":
    program_case.main()
