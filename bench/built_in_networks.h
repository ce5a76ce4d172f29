// SPDX-License-Identifier: Apache-2.0
// Networks that benchmarks draw themselves, with weights of no meaning.
#pragma once

#include <optional>
#include <string_view>

#include "tilewright/model.h"

namespace tilewright::bench {

/// `mobilenet_v2`: the convolutions of MobileNetV2 1.0 at 224x224; `attention`: of 12 heads of 64
/// over 512 tokens. None of another name.
[[nodiscard]] std::optional<Model> built_in_network(std::string_view name);

}  // namespace tilewright::bench
