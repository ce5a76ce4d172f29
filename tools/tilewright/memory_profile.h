// SPDX-License-Identifier: Apache-2.0
// The memories of a machine, from a profile that comes with the program or from a file.
#pragma once

#include <string>

#include "tilewright/status.h"

#include "scheduler/problem.h"

namespace tilewright::tool {

/// Sets what the profile says (banks, execution, streaming, residency) in `problem`. `name` is that
/// of a profile of the program, `imxrt1170`, or the path of a file, told by its dot or slash. A
/// profile is a problem file without storages and ops, of the format "tilewright-device".
/// Errors: NotFound, with the names of the profiles there are; those of a problem file.
[[nodiscard]] Status apply_device(const std::string& name, scheduler::Problem& problem);

}  // namespace tilewright::tool
