// SPDX-License-Identifier: Apache-2.0
// A first pass over JSON text that refuses what a parser would accept silently or choke on.
#pragma once

#include <string_view>

#include "tilewright/status.h"

namespace tilewright::scheduler {

/// Whether `text` is JSON with at most `max_depth` nested lists and objects, no key given twice in
/// an object and no whole number beyond 64 bits.
/// Errors: InvalidModel, starting with `where`; ResourceExhausted if it is nested deeper.
[[nodiscard]] Status guard_json(std::string_view where, std::string_view text, int max_depth);

}  // namespace tilewright::scheduler
