// SPDX-License-Identifier: Apache-2.0
// Short files in which a system describes its hardware.
#pragma once

#include <string>

namespace tilewright {

/// The first word of a file, if it is one of at most 32 letters and digits; else nothing.
[[nodiscard]] std::string system_word(const std::string& path);

}  // namespace tilewright
