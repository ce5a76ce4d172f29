// SPDX-License-Identifier: Apache-2.0
#include "tools/tilewright/seeded_inputs.h"

#include <cstdint>
#include <cstring>

namespace tilewright::tool {

void fill_inputs(Session& session, std::size_t count) {
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < count; ++i) {
    const MutableTensorView input = session.input(i);
    std::memset(input.data, 0, static_cast<std::size_t>(input.size_bytes()));
    const auto elements = input.as<float>();
    if (!elements) continue;
    for (float& element : *elements) {
      state = state * 1664525U + 1013904223U;
      element = static_cast<float>(state >> 8) / 8388608.0F - 1.0F;
    }
  }
}

}  // namespace tilewright::tool
