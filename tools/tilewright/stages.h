// SPDX-License-Identifier: Apache-2.0
// A model on its way to a plan, stage by stage, as text.
#pragma once

#include <string>

#include "tools/tilewright/command.h"

namespace tilewright::tool {

/// The imported graph, the graph after rewriting with the passes that changed it, and the program:
/// the steps with their kernels and the storages they share.
[[nodiscard]] Result<std::string> describe_stages(const CommonOptions& common);

}  // namespace tilewright::tool
