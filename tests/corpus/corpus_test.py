# SPDX-License-Identifier: Apache-2.0
"""Runs the model corpus through the program: outputs, memory plans and kernels."""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from corpus_inputs import Sample
from plan_judge import check_plan

MODELS = [
    "mlperf_resnet8_fp32",
    "mlperf_kws_fp32",
    "mlperf_vww_fp32",
    "mlperf_ad_fp32",
    "mlperf_ad_int8",
    "mobilenet_v1_0.25_224_fp32",
    "mobilenet_v2_0.35_160_fp32",
    "squeezenet11_fp32",
    "shufflenet_v2_0.5_fp32",
    "unet_160_fp32",
    "densenet121_w025_fp32",
    "nasnet_mobile_384_fp32",
    "randwire_ws_fp32",
    "ultraface_rfb320_fp32",
    "deeplabv3_257_fp32",
    "espcn_x3_fp32",
    "mobilenet_v3_small_0.5_fp32",
    "efficientnet_b0_w035_fp32",
    "fastestdet_fp32",
    "deit_tiny_4l_fp32",
    "ppocrv4_rec_fp32",
    "ultraface_rfb320_nhwc_fp32",
    "selfie_segmentation_fp16w",
    "blazeface_short_fp16w",
]
# Their own weights are all equal, so their outputs say nothing: steps are checked with seeded ones.
LIGHT_MODELS = ["light_resnet50", "light_densenet121", "light_inception_v1", "light_shufflenet"]
MAX_SOLVE_MS = 1000
# Steps that only move data, at most; models that are not listed have none. What is left are the
# change of layout of an ONNX input, the half that passes on in a unit of ShuffleNet v2, inputs of a
# concat that others read too, channels padded with zeros, and what a file asks for at its inputs
# and outputs.
COPIES = {
    "mobilenet_v2_0.35_160_fp32": 1,
    "squeezenet11_fp32": 1,
    "shufflenet_v2_0.5_fp32": 14,
    "unet_160_fp32": 3,
    "densenet121_w025_fp32": 58,
    "nasnet_mobile_384_fp32": 20,
    "randwire_ws_fp32": 1,
    "ultraface_rfb320_fp32": 1,
    "espcn_x3_fp32": 1,
    "mobilenet_v3_small_0.5_fp32": 1,
    "efficientnet_b0_w035_fp32": 1,
    "fastestdet_fp32": 16,
    "deit_tiny_4l_fp32": 2,
    "ppocrv4_rec_fp32": 2,
    "blazeface_short_fp16w": 11,
    "light_resnet50": 1,
    "light_densenet121": 59,
    "light_inception_v1": 1,
    "light_shufflenet": 1,
}


def check_copies(program, sample, flags):
    report = json.loads(program("inspect", sample.path, "--json", "-", *flags))
    allowed = COPIES.get(sample.name, 0)
    assert report["copies"] <= allowed, f"{report['copies']} copies, allowed {allowed}"
    return f"{report['copies']} copies of {report['ops']} steps"


class Program:
    def __init__(self, path, emulator):
        self.command = [*emulator, path]

    def __call__(self, *arguments):
        done = subprocess.run([*self.command, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"exit status {done.returncode}: {done.stderr.strip()[-500:]}")
        return done.stdout


def run_model(program, sample, flags):
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["run", sample.path, "--output-dir", f"{folder}/out", *flags]
        for i, array in enumerate(sample.inputs()):
            np.save(f"{folder}/{i}.npy", array)
            arguments += ["--input", f"{i}={folder}/{i}.npy"]
        program(*arguments)
        listed = json.loads(pathlib.Path(folder, "out", "outputs.json").read_text())["outputs"]
        return [np.load(f"{folder}/out/{entry['file']}") for entry in listed]


def check_outputs(program, sample, flags):
    rows = sample.differences(run_model(program, sample, flags))
    for distance, allowed in rows:
        assert distance <= allowed, f"max abs difference {distance:.3g}, allowed {allowed:.3g}"
    return "output " + ", ".join(f"{d:.2g} of {a:.2g} allowed" for d, a in rows)


def check_memory(program, sample, flags):
    report = json.loads(program("plan", sample.path, "--json", "-", *flags))
    assert report["order_proven_optimal"] and report["arena_proven_optimal"], (
        "order and arena are proven"
    )
    assert report["peak_bytes"] <= report["serialized_order_peak_bytes"]
    assert report["solve_ms"] < MAX_SOLVE_MS, f"solved in {report['solve_ms']:.0f} ms"
    check_plan(report)
    joint = " (jointly optimal)" if report["jointly_optimal"] else ""
    greedy, solve_ms = report["greedy_arena_bytes"], report["solve_ms"]
    return f"arena {report['arena_bytes']}{joint}, greedy {greedy}, {solve_ms:.1f} ms"


def check_kernels(program, sample, flags):
    report = json.loads(program("check", sample.path, "--random-weights", "--json", "-", *flags))
    assert report["passed"], f"{report['failed_steps']} steps differ from their reference"
    return f"{len(report['steps'])} steps, max rel error {report['max_rel']:.1e}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument(
        "--emulator", default="", help="command before the program, ; between its words"
    )
    parser.add_argument("--models", required=True, type=pathlib.Path)
    parser.add_argument("--only", nargs="*", help="names of models")
    parser.add_argument("--flags", default="", help="flags of the program, such as --isa=avx2")
    arguments = parser.parse_args()
    if not arguments.models.is_dir():
        print(f"SKIPPED: the model corpus is not at {arguments.models}")
        return 77
    program = Program(arguments.program, [word for word in arguments.emulator.split(";") if word])
    failed = 0
    for name in arguments.only or MODELS + LIGHT_MODELS:
        sample = Sample(arguments.models, name)
        flags = arguments.flags.split() + sample.shape_flags()
        second = check_kernels if name in LIGHT_MODELS else check_outputs
        for check in (check_copies, check_memory, second):
            try:
                print(f"{name}: {check(program, sample, flags)}", flush=True)
            except AssertionError as error:
                failed += 1
                print(f"{name}: FAILED: {error}", flush=True)
    print(f"{failed} checks failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
