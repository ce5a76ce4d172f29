# SPDX-License-Identifier: Apache-2.0
"""Plans every model of a folder and sets the arenas of other runtimes beside ours.

  python3 -m venv build/planner
  build/planner/bin/pip install -r bench/planner/requirements.txt
  build/planner/bin/python bench/planner/model_report.py --models ../shared/models

Needs the release preset built. Writes its table between the markers of docs/planning.md. Without
the packages of requirements.txt the columns of the other runtimes stay empty.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs/planning.md"
BEGIN, END = "<!-- models -->", "<!-- end of models -->"
TIMES = 5
# Extents that files leave free.
SHAPES = {"ppocrv4_rec_fp32.onnx": ["--shape", "x=1x3x48x320"]}


def plan(program, model):
    """The program's report on `model`, with the least planning time of a few; or an error."""
    reports = []
    for _ in range(TIMES):
        command = [str(program), "plan", str(model), *SHAPES.get(model.name, ()), "--json", "-"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        report = json.loads(done.stdout)
        if done.returncode != 0:
            return report
        reports.append(report)
    return min(reports, key=lambda report: report["solve_ms"])


def litert_arena_bytes(path):
    """The room between the lowest and the highest byte of what LiteRT's operators write and the
    inputs, without delegates; scratch of its kernels is not seen."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    resolver = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(str(path), experimental_op_resolver_type=resolver)
    interpreter.allocate_tensors()
    ids = {detail["index"] for detail in interpreter.get_input_details()}
    for op in interpreter._get_ops_details():
        ids.update(int(index) for index in op["outputs"])
    begin, end = None, 0
    for index in ids:
        try:
            view = interpreter.tensor(index)()
        except ValueError:  # has no memory, such as an empty tensor
            continue
        address = view.__array_interface__["data"][0]
        if view.nbytes == 0:
            continue
        begin = address if begin is None else min(begin, address)
        end = max(end, address + view.nbytes)
    return end - begin


def onnxruntime_arena_bytes(path):
    """What ONNX Runtime says it allocates for the activations of a run whose pattern it knows;
    inputs and outputs are the caller's."""
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 0
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    types = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(int32)": np.int32}
    inputs = {}
    for spec in session.get_inputs():
        shape = [dim if isinstance(dim, int) else 1 for dim in spec.shape]
        inputs[spec.name] = np.zeros(shape, types[spec.type])
    for _ in range(2):
        session.run(None, inputs)


def in_child(function, path):
    """What `function` finds in a process of its own; a crash or absent package costs one cell."""
    command = [sys.executable, __file__, "--child", function, str(path)]
    with tempfile.TemporaryFile("w+") as log:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=log, text=True, timeout=300, check=False
        )
        log.seek(0)
        text = log.read()
    if function == "onnxruntime":
        found = re.findall(r"ExecutionFrame statically allocates (\d+) bytes", text)
        return found[-1] if found and done.returncode == 0 else ""
    return done.stdout.strip() if done.returncode == 0 else ""


def child(function, path):
    if function == "onnxruntime":
        onnxruntime_arena_bytes(path)
    else:
        print(litert_arena_bytes(path))


def proven(bytes_, bound):
    return "yes" if bytes_ == bound else str(bound)


def row(model, report):
    peer = "onnxruntime" if model.suffix == ".onnx" else "litert"
    peers = {"litert": "", "onnxruntime": "", peer: in_child(peer, model)}
    ops = len(report["order"])
    cells = [model.name, ops, report["peak_bytes"]]
    cells.append(proven(report["peak_bytes"], report["peak_lower_bound_bytes"]))
    cells.append(report["arena_bytes"])
    cells.append(proven(report["arena_bytes"], report["arena_lower_bound_bytes"]))
    cells.append(f"{report['solve_ms']:.2f}")
    cells += [report["serialized_order_peak_bytes"], report["greedy_arena_bytes"]]
    cells += [peers["litert"], peers["onnxruntime"]]
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


def replace_section(text):
    head, rest = PAGE.read_text().split(BEGIN)
    tail = rest.split(END)[1]
    draft = PAGE.with_suffix(".new")
    draft.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}")
    draft.replace(PAGE)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--program", type=pathlib.Path, default=ROOT / "build/release/bin/tilewright"
    )
    parser.add_argument("--models", type=pathlib.Path, default=ROOT.parent / "shared/models")
    parser.add_argument("--print", action="store_true", help="print the table and leave the page")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return child(*arguments.child)
    models = sorted(arguments.models.glob("*.tflite")) + sorted(arguments.models.glob("*.onnx"))
    if not models:
        raise SystemExit(f"{arguments.models}: expected models, got none")
    rows, reports, refused = [], [], []
    for model in models:
        report = plan(arguments.program, model)
        if "error" in report:
            refused.append(f"`{model.name}` ({report['error']['code']})")
            continue
        reports.append(report)
        rows.append(row(model, report))
        print(rows[-1], file=sys.stderr)
    head = (
        "| model | ops | peak | proven | arena | proven | ms | file's order | greedy | LiteRT "
        "| ONNX Runtime |\n|---|---:|---:|---|---:|---|---:|---:|---:|---:|---:|"
    )
    load = f"Load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors."
    absent = "Not imported: " + (", ".join(refused) if refused else "none") + "."
    text = "\n".join(["", head, *rows, "", summary(reports), load, "", absent, ""])
    if arguments.print:
        print(text)
    else:
        replace_section(text)


if __name__ == "__main__":
    main()
