// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <utility>

#ifdef __linux__
#include <sched.h>
#endif

#include "lib/core_classes.h"
#include "lib/system_word.h"

namespace tilewright {
std::vector<int> usable_cores() {
  std::vector<int> cores;
#ifdef __linux__
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &set)) cores.push_back(core);
  }
#endif
  return cores;
}

std::string core_classes(const std::string& folder, std::span<const int> cores) {
  std::set<std::pair<std::size_t, std::string>> classes;  // by length first: as numbers are
  for (const int core : cores) {
    const std::string own = folder + "/cpu" + std::to_string(core);
    const std::string speed = system_word(own + "/cpu_capacity");
    const std::string kind = system_word(own + "/regs/identification/midr_el1");
    if (speed.empty() && kind.empty()) continue;
    classes.emplace(speed.size(), speed + (kind.empty() ? "" : "/" + kind));
  }
  std::string text;
  for (const auto& [length, name] : classes)
    text += (text.empty() ? "" : ",") + name;
  return text;
}

std::string core_classes() {
  return core_classes("/sys/devices/system/cpu", usable_cores());
}

}  // namespace tilewright
