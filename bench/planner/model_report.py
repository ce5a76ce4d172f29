# SPDX-License-Identifier: Apache-2.0
"""Plans every model of a folder and sets the arenas of other runtimes beside ours.

  python3 -m venv build/planner
  build/planner/bin/pip install -r bench/planner/requirements.txt
  build/planner/bin/python bench/planner/model_report.py --models ../shared/models

Needs `tilewright_program` and `aligned_blocks` built by the release preset. Writes its table
between the markers of docs/planning.md. Without the packages of requirements.txt the columns of
the other runtimes stay empty.
"""

import argparse
import ctypes
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs/planning.md"
sys.path.insert(0, str(ROOT / "bench"))
from page_section import replace_section  # noqa: E402

TIMES = 5
# Extents that files leave free.
SHAPES = {"ppocrv4_rec_fp32.onnx": ["--shape", "x=1x3x48x320"]}


def plan_once(program, *arguments):
    command = [str(program), "plan", *arguments, "--json", "-"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    return json.loads(done.stdout)


def plan(program, model):
    """The program's report on `model`, with the least planning time of a few; or an error."""
    reports = []
    for _ in range(TIMES):
        report = plan_once(program, str(model), *SHAPES.get(model.name, ()))
        if "error" in report:
            return report
        reports.append(report)
    report = min(reports, key=lambda report: report["solve_ms"])
    report["tensors_bytes"] = tensors_bytes(program, report["problem"])
    return report


def tensors_bytes(program, problem):
    """The arena of the same problem if no kernel wanted scratch."""
    for op in problem["ops"]:
        op["scratch_bytes"] = 0
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(problem, file)
        file.flush()
        return plan_once(program, file.name)["arena_bytes"]


def aligned_blocks():
    """What aligned_blocks_linux.cpp, loaded before this process, has noted."""
    noted = ctypes.CDLL(None)
    noted.aligned_block_bytes.argtypes = [ctypes.c_size_t]
    noted.aligned_block_bytes.restype = noted.most_aligned_bytes.restype = ctypes.c_size_t
    return noted


def litert_arena_bytes(path, threads):
    """The size of the block in which LiteRT's inputs lie, without delegates: its arena, with
    inputs, outputs and the scratch of its kernels. With more than one thread convolutions do
    not copy patches into the arena; what they want then they ask for elsewhere."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    resolver = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(
        str(path), num_threads=threads, experimental_op_resolver_type=resolver
    )
    interpreter.allocate_tensors()
    view = interpreter.tensor(interpreter.get_input_details()[0]["index"])()
    return aligned_blocks().aligned_block_bytes(view.__array_interface__["data"][0])


def onnxruntime_arena_bytes(path):
    """The most that ONNX Runtime holds at once in a run whose pattern it knows: activations,
    outputs and the scratch of its kernels; inputs are the caller's. Without its own arena on top,
    whose blocks stay from run to run."""
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    options = SHAPES.get(pathlib.Path(path).name, [])
    pairs = [value.split("=") for value in options[1::2]]
    shapes = {name: [int(extent) for extent in extents.split("x")] for name, extents in pairs}
    types = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(int32)": np.int32}
    inputs = {}
    for spec in session.get_inputs():
        shape = [dim if isinstance(dim, int) else 1 for dim in spec.shape]
        inputs[spec.name] = np.zeros(shapes.get(spec.name, shape), types[spec.type])
    blocks = aligned_blocks()
    for _ in range(3):
        blocks.most_aligned_bytes()
        session.run(None, inputs)
        most = blocks.most_aligned_bytes()
    return most


def in_child(peer, path, library):
    """What `peer` needs, found in a process of its own; a crash costs one cell."""
    command = [sys.executable, __file__, "--child", peer, str(path)]
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        timeout=300,
        check=False,
        env=os.environ | {"LD_PRELOAD": str(library)},
    )
    return int(done.stdout) if done.returncode == 0 else ""


class Peer(NamedTuple):
    name: str
    suffix: str  # of the files it reads
    ours: str  # what of our report its bytes compare with
    needs_bytes: Callable


PEERS = {
    "litert": Peer("LiteRT", ".tflite", "arena_bytes", lambda path: litert_arena_bytes(path, 1)),
    "litert_threads": Peer(
        "LiteRT, 2 threads", ".tflite", "tensors_bytes", lambda path: litert_arena_bytes(path, 2)
    ),
    "onnxruntime": Peer("ONNX Runtime", ".onnx", "arena_bytes", onnxruntime_arena_bytes),
}


def proven(bytes_, bound):
    return "yes" if bytes_ == bound else str(bound)


def row(model, report):
    ops = len(report["order"])
    cells = [model.name, ops, report["peak_bytes"]]
    cells.append(proven(report["peak_bytes"], report["peak_lower_bound_bytes"]))
    cells.append(report["arena_bytes"])
    cells.append(proven(report["arena_bytes"], report["arena_lower_bound_bytes"]))
    cells.append(f"{report['solve_ms']:.2f}")
    cells += [report["serialized_order_peak_bytes"], report["greedy_arena_bytes"]]
    cells += [report["tensors_bytes"], *(report[peer] for peer in PEERS)]
    return "| " + " | ".join(map(str, cells)) + " |"


def summary(reports):
    counts = {
        "orders are proven": sum(r["peak_bytes"] == r["peak_lower_bound_bytes"] for r in reports),
        "arenas are proven for their order": sum(
            r["arena_bytes"] == r["arena_lower_bound_bytes"] for r in reports
        ),
        "plans are proven least over all orders": sum(r["jointly_optimal"] for r in reports),
        "files already stand in a best order": sum(
            r["serialized_order_peak_bytes"] <= r["peak_bytes"] for r in reports
        ),
    }
    lines = [f"{count} {text}" for text, count in counts.items()]
    slowest = max(r["solve_ms"] for r in reports)
    return (
        f"Of {len(reports)} models: " + "; ".join(lines) + f"; the slowest took {slowest:.1f} ms."
    )


def comparison(reports):
    """How many times ours each of the others' arenas is, by geometric mean."""
    sentences = []
    for key, peer in PEERS.items():
        ratios = [report[key] / report[peer.ours] for report in reports if report[key]]
        if not ratios:
            continue
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        ours = {"arena_bytes": "arena", "tensors_bytes": "tensors alone"}[peer.ours]
        sentences.append(
            f"{peer.name} needs {mean:.2f} times our {ours} by geometric mean of {len(ratios)} "
            f"models, {min(ratios):.2f} to {max(ratios):.2f}."
        )
    return " ".join(sentences)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--program", type=pathlib.Path, default=ROOT / "build/release/bin/tilewright"
    )
    parser.add_argument(
        "--aligned-blocks",
        type=pathlib.Path,
        default=ROOT / "build/release/bench/planner/libaligned_blocks.so",
        help="the library that notes what other runtimes ask for",
    )
    parser.add_argument("--models", type=pathlib.Path, default=ROOT.parent / "shared/models")
    parser.add_argument("--print", action="store_true", help="print the table and leave the page")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        peer, path = arguments.child
        return print(PEERS[peer].needs_bytes(path))
    models = sorted(arguments.models.glob("*.tflite")) + sorted(arguments.models.glob("*.onnx"))
    if not models:
        raise SystemExit(f"{arguments.models}: expected models, got none")
    rows, reports, refused = [], [], []
    for model in models:
        report = plan(arguments.program, model)
        if "error" in report:
            refused.append(f"`{model.name}` ({report['error']['code']})")
            continue
        for key, peer in PEERS.items():
            reads = model.suffix == peer.suffix
            report[key] = in_child(key, model, arguments.aligned_blocks) if reads else ""
        reports.append(report)
        rows.append(row(model, report))
        print(rows[-1], file=sys.stderr)
    names = "".join(f" {peer.name} |" for peer in PEERS.values())
    head = (
        "| model | ops | peak | proven | arena | proven | ms | file's order | greedy "
        f"| tensors alone |{names}\n|---|---:|---:|---|---:|---|---:|---:|---:|---:|"
        + "---:|"
        * len(PEERS)
    )
    load = f"Load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors."
    absent = "Not imported: " + (", ".join(refused) if refused else "none") + "."
    text = "\n".join(
        ["", head, *rows, "", summary(reports), comparison(reports), load, "", absent, ""]
    )
    if arguments.print:
        print(text)
    else:
        replace_section(PAGE, "models", text)


if __name__ == "__main__":
    main()
