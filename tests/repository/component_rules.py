# SPDX-License-Identifier: Apache-2.0
"""What the archives of a component hold, read with nm.

`runtime` must link without the layers above it; `device` must hold no importer and no FlatBuffers;
no archive may hold a constructor that runs before main.
"""

import re
import subprocess
from pathlib import Path

_IMPORTER = re.compile(r"flatbuffers::|importer::|tflite::|_tflite|onnx|protobuf", re.IGNORECASE)
_GLOBAL_CONSTRUCTOR = re.compile(r"_GLOBAL__sub_I_|global constructors keyed to")


def _symbols(nm, archive):
    """Pairs of symbol type and demangled name."""
    run = subprocess.run([nm, "-C", archive], capture_output=True, text=True, check=True)
    for line in run.stdout.splitlines():
        match = re.match(r"^(?:[0-9a-f]{8,}| {8,}) ([A-Za-z]) (.+)$", line)
        if match:
            yield match.groups()


def _names(nm, archives, types):
    return {name for archive in archives for type_, name in _symbols(nm, archive) if type_ in types}


def components_stand_alone(nm, runtime, device):
    """`runtime` and `device` are the archives of that component alone, without those below it."""
    for archive in [*runtime, *device]:
        for _, name in _symbols(nm, archive):
            if _IMPORTER.search(name):
                yield f"{Path(archive).name}: expected no importer, got '{name}'"
            if _GLOBAL_CONSTRUCTOR.search(name):
                yield f"{Path(archive).name}: expected no global with a constructor, got '{name}'"
    # Weak symbols are templates and inline functions, which every user has a copy of.
    of_device_alone = _names(nm, device, "TDBR") - _names(nm, runtime, "TDBRWVu")
    for name in sorted(_names(nm, runtime, "U") & of_device_alone):
        yield f"runtime: expected no use of the device component, got '{name}'"
