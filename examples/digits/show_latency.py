# SPDX-License-Identifier: Apache-2.0
"""Compares two reports of `tilewright bench --json`: show_latency.py UNTUNED TUNED."""

import json
import sys
from pathlib import Path


def main():
    latencies = []
    for name, path in zip(("untuned", "tuned"), sys.argv[1:], strict=True):
        latency = json.loads(Path(path).read_text(encoding="utf-8"))["latency_ms"]
        latencies.append(latency["p50"])
        print(
            f"{name:>8}: median {latency['p50'] * 1000:8.2f} us,"
            f" p95 {latency['p95'] * 1000:8.2f} us, {latency['count']} runs"
        )
    print(f"   ratio: {latencies[0] / latencies[1]:.2f} times as fast after tuning")


if __name__ == "__main__":
    main()
