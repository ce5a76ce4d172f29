// SPDX-License-Identifier: Apache-2.0
// The kinds of cores that this process may run on, where the system tells them.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace tilewright {

/// Numbers of the cores that this thread may run on; none where the system says nothing.
[[nodiscard]] std::vector<int> usable_cores();

/// The kinds of those `cores` as files below `folder` (Linux: /sys/devices/system/cpu) describe
/// them, each once and in order: relative speed and, on arm64, the identification register, as in
/// "446/0x00000000412fd050,1024/0x00000000414fd0b0". Empty if there are no such files.
[[nodiscard]] std::string core_classes(const std::string& folder, std::span<const int> cores);

/// Those of this thread on this machine.
[[nodiscard]] std::string core_classes();

}  // namespace tilewright
