# SPDX-License-Identifier: Apache-2.0
"""Measures what docs/performance.md shows, and writes its tables between their markers.

  build/peers/bin/python bench/report.py kernels
  python3 bench/report.py depthwise
  build/peers/bin/python bench/report.py networks --models ../shared/models
  python3 bench/report.py cold --models ../shared/models
  python3 bench/report.py unequal --models ../shared/models
  build/peers/bin/python bench/report.py plots

Tables are drawn as well where matplotlib is there; `plots` draws them again without measuring, with
those of docs/tuning.md (bench/plots.py).

Needs the release preset built and, for `networks`, the packages of bench/peers/requirements.txt.
Runtimes that do not read a model get its twin, if bench/peers/make_twins.py wrote build/twins.
The machine must have nothing else to do; its load is written beside the numbers.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

import cold_start
import plots
import unequal_report
from page_section import replace_section

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/performance.md"
WINOGRAD_GAIN = re.compile(r"(?P<layer>\S+): F\(4x4, 3x3\) (?P<times>[0-9.]+) times as fast")
NETWORKS = [
    "light_resnet50.onnx",
    "light_densenet121.onnx",
    "light_inception_v1.onnx",
    "light_shufflenet.onnx",
    "squeezenet11_fp32.onnx",
    "mobilenet_v1_0.25_224_fp32.tflite",
    "mobilenet_v2_0.35_160_fp32.onnx",
    "mobilenet_v3_small_0.5_fp32.onnx",
    "efficientnet_b0_w035_fp32.onnx",
    "shufflenet_v2_0.5_fp32.onnx",
    "unet_160_fp32.tflite",
    "deeplabv3_257_fp32.tflite",
    "nasnet_mobile_384_fp32.tflite",
    "densenet121_w025_fp32.tflite",
    "fastestdet_fp32.onnx",
    "ultraface_rfb320_fp32.onnx",
    "deit_tiny_4l_fp32.onnx",
    "mlperf_ad_fp32.tflite",
    "mlperf_kws_fp32.tflite",
    "mlperf_resnet8_fp32.tflite",
    "mlperf_vww_fp32.tflite",
]


def machine():
    """One line on the processor, its instruction sets and its load."""
    name, flags = platform.machine(), set()
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            name = line.split(":")[1].strip()
        if line.startswith("flags"):
            flags = set(line.split(":")[1].split())
    sets = [flag for flag in ("avx2", "avx512f", "avx512_bf16") if flag in flags]
    load = os.getloadavg()[0]
    return f"{name} ({', '.join(sets)}), {os.cpu_count()} cores, load {load:.1f} before."


def find_models(models, made=None, names=NETWORKS):
    """The files of `names` in the folder `models`, and those that make_networks.py made."""
    found = [models / name for name in names if (models / name).exists()]
    for name in names:
        if models / name not in found:
            print(f"{models / name}: no such file, left out", file=sys.stderr)
    found += sorted(made.glob("*.onnx")) if made else []
    if not found:
        raise SystemExit(f"{models}: expected models, got none")
    return found


def run_kernel_bench(program, isa):
    """The layers' measurements, what Winograd's kernels gain, and the summary line."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [program, f"--benchmark_out={file.name}", "--benchmark_out_format=json"]
        if isa:
            command.append(f"--isa={isa}")
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        layers = json.loads(pathlib.Path(file.name).read_text())["benchmarks"]
    lines = done.stdout.strip().splitlines()
    gains = [match for match in map(WINOGRAD_GAIN.match, lines) if match]
    return layers, gains, lines[-1]


def depthwise_summary(layers):
    """Of the depthwise layers, those at 0.6 of the peak, or at 0.9 of the roofline."""
    layers = [layer for layer in layers if "3x3" in layer["name"] and "depthwise" in layer["name"]]
    fast = [
        layer
        for layer in layers
        if layer["peak_fraction"] >= 0.6 or layer["roofline_fraction"] >= 0.9
    ]
    least = min(layers, key=lambda layer: layer["roofline_fraction"], default=None)
    if least is None:
        return "depthwise 3x3: none"
    return (
        f"depthwise 3x3: {len(fast)} of {len(layers)} at 0.6 of the peak or 0.9 of the roofline, "
        f"minimum {least['roofline_fraction']:.2f} of it ({least['name'].split('/iterations')[0]})"
    )


def winograd_table(gains):
    head = "\n| 3x3 layer | F(4x4, 3x3) against the best dot kernel |\n|---|---|\n"
    return head + "\n".join(f"| {gain['layer']} | {gain['times']} times |" for gain in gains)


def kernels(arguments):
    lines, head = [], machine()
    summaries = []
    for isa in arguments.isas.split(","):
        layers, gains, summary = run_kernel_bench(arguments.build / "bin/kernel_bench", isa)
        summaries.append(f"- {isa}: {summary}")
        summaries.append(f"- {isa}: {depthwise_summary(layers)}")
        lines.append(f"\n**{isa}**")
        if gains:
            lines.append(winograd_table(gains))
        lines.append("")
        lines.append(
            "| layer | kernel | us | GFLOP/s | of peak | of roofline |\n|---|---|---|---|---|---|"
        )
        for layer in layers:
            name = layer["name"].split("/iterations")[0]
            kernel = layer["label"].split()[0]
            fractions = f"{layer['peak_fraction']:.2f} | {layer['roofline_fraction']:.2f}"
            time = f"{layer['real_time']:.1f} | {layer['gflops']:.1f}"
            lines.append(f"| {name} | {kernel} | {time} | {fractions} |")
    replace_section(PAGE, "kernels", "\n".join([head, "", *summaries, *lines]))


def depthwise(arguments):
    """What holds up the depthwise layers: bench/depthwise_limits.cpp has the meaning of columns."""
    parts = [machine()]
    for isa in arguments.isas.split(","):
        command = [arguments.build / "bin/depthwise_limits", isa]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        parts.append(f"**{isa}**\n\n{done.stdout.strip()}")
    replace_section(PAGE, "depthwise", "\n\n".join(parts))


def networks(arguments):
    models = find_models(arguments.models_dir, arguments.made)
    parts = [machine()]
    for threads in (1, 2):
        script = ROOT / "bench/peers/compare.py"
        command = [sys.executable, script, *models, "--threads", threads]
        command += ["--program", arguments.build / "bin/tilewright"]
        command += ["--tune-budget-ms", arguments.tune_budget_ms]
        command += ["--rounds", arguments.rounds, "--burst-secs", arguments.burst_secs]
        if arguments.twins.is_dir():
            command += ["--twins", arguments.twins]
        done = subprocess.run(
            list(map(str, command)), stdout=subprocess.PIPE, text=True, check=True
        )
        parts.append(done.stdout.strip())
    replace_section(PAGE, "networks", "\n\n".join(parts))


def sizes(arguments):
    """Bytes of machine code and tables of the generated kernels, per instruction set."""
    command = [sys.executable, ROOT / "cmake/kernel_sizes.py"]
    command += ["--budget", ROOT / "kernels/size_budget.json"]
    isas = ["avx512vnni", "avx512", "avx2", "baseline"]
    command += [arguments.build / "generated/kernels", *isas]
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, text=True, check=True)
    lines = [f"- {line}" for line in done.stdout.splitlines()]
    replace_section(PAGE, "sizes", "\n".join(lines))


def cold(arguments):
    """What a fresh process does before its first answer, with a warm cache and from a plan."""
    models = find_models(arguments.models_dir, arguments.made)
    head, program = machine(), arguments.build / "bin/tilewright"
    text = cold_start.table(models, program, arguments.tune_budget_ms, arguments.processes)
    replace_section(PAGE, "cold", f"{head}\n\n{text}")


def unequal(arguments):
    """What sharing in parts gains on two threads where one core is slower."""
    head = machine()
    places = (arguments.build / "bin", arguments.models_dir)
    text = unequal_report.measure(*places, 2 * arguments.tune_budget_ms, arguments.rounds)
    replace_section(PAGE, "unequal", f"{head}\n\n{text}")


def add_places(parser):
    """The options that say where the program and the models are."""
    models = ROOT.parent / "shared/models"
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--models", dest="models_dir", type=pathlib.Path, default=models)
    parser.add_argument("--made", type=pathlib.Path, default=ROOT / "build/networks")
    parser.add_argument("--twins", type=pathlib.Path, default=ROOT / "build/twins")


def redraw_all(_arguments):
    plots.redraw(plots.SECTIONS)


SECTIONS = {
    "kernels": kernels,
    "depthwise": depthwise,
    "networks": networks,
    "sizes": sizes,
    "cold": cold,
    "unequal": unequal,
    "plots": redraw_all,
}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("section", choices=list(SECTIONS))
    add_places(parser)
    parser.add_argument("--isas", default="avx512,avx2")
    parser.add_argument("--tune-budget-ms", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=5, help="of each kind, for cold")
    parser.add_argument(
        "--rounds", type=int, default=6, help="of bursts or blocks, for networks and unequal"
    )
    parser.add_argument("--burst-secs", type=float, default=0.07, help="for networks")
    arguments = parser.parse_args()
    SECTIONS[arguments.section](arguments)
    if arguments.section in plots.SECTIONS:
        plots.redraw([arguments.section])


if __name__ == "__main__":
    main()
