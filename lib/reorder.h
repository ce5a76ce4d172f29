// SPDX-License-Identifier: Apache-2.0
// The same model file with its ops in the order of least peak memory. Component:
// `tilewright::tilewright`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tilewright/model.h"
#include "tilewright/status.h"

#include "scheduler/solution.h"

namespace tilewright {

struct ReorderOptions {
  std::span<const InputShape> shapes = {};  // of inputs that an .onnx file leaves free
  std::string folder = {};                  // of the file, for external data
  bool offline_plan = false;                // write addresses for TFLM into a .tflite file
};

/// Addresses of the activations in the order written.
struct OfflinePlan {
  std::int64_t arena_bytes = 0;
  std::int64_t lower_bound_bytes = 0;    // no placement of this order is lower
  std::int64_t greedy_before_bytes = 0;  // greedy by size on the file's own order
};

/// Bytes hold for the file's own op list: every tensor a block of its own rounded up to
/// `alignment_bytes`, alive from the op that writes it to the last that reads it, inputs from the
/// start, outputs to the end; nothing in place, no views, no scratch, no weights.
struct Reordered {
  std::vector<std::byte> bytes;  // of the file
  std::int64_t alignment_bytes = 0;
  std::int64_t peak_before_bytes = 0;
  std::int64_t peak_after_bytes = 0;
  std::int64_t peak_lower_bound_bytes = 0;  // no order needs less
  scheduler::OrderStatus status = scheduler::OrderStatus::Heuristic;
  std::size_t ops = 0;
  std::size_t moved_ops = 0;  // whose position changed; 0: the file's order is kept
  std::optional<OfflinePlan> offline_plan;
};

/// Gives the .tflite or .onnx file `bytes` the best order known; a file whose order needs no more
/// stays as it is. What is not about order keeps its bytes. Operators of a .tflite file need not be
/// ones that are imported; with effects besides their results (variables, custom operators) they
/// keep their order among each other. Only the first subgraph of a .tflite file is reordered.
///
/// Errors: InvalidModel; Unsupported, for a .tflite file that names operators by position, or an
/// .onnx file that is not imported; InvalidArgument, for `offline_plan` of an .onnx file, or a file
/// with an offline plan if a new one is not asked for: it would not hold for another order.
[[nodiscard]] Result<Reordered> reorder_model(std::span<const std::byte> bytes,
                                              const ReorderOptions& options = {});

}  // namespace tilewright
