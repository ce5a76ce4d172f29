// SPDX-License-Identifier: Apache-2.0
#include "tools/tilewright/holds_for.h"

#include "tilewright/tensor.h"

namespace tilewright::tool {
namespace {

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string traffic_text(const scheduler::Problem& problem) {
  if (problem.banks.size() < 2) return "";
  std::string text = problem.execution == scheduler::Execution::Full
                         ? "; traffic: operands whole in fast memory"
                         : "; traffic: operands pass through a stage";
  text += problem.residency == scheduler::Residency::Granules ? ", storages kept in part"
                                                              : ", storages kept whole or not";
  if (problem.stream_constants) text += ", constants streamed";
  if (problem.steady_state) text += ", one run of many";
  return text;
}

}  // namespace

std::string holds_for(const scheduler::Problem& problem) {
  std::size_t pairs = 0, with_scratch = 0, fixed = 0;
  for (const scheduler::Op& op : problem.ops) {
    pairs += op.in_place.size();
    with_scratch += op.scratch_bytes > 0 ? 1 : 0;
  }
  for (const scheduler::Storage& storage : problem.storages)
    fixed += storage.offset ? 1 : 0;
  std::string text = "storages (a tensor with its views and slices) rounded up to " +
                     std::to_string(problem.alignment_bytes) +
                     " bytes, inputs from the start, outputs to the end, " +
                     counted(pairs, "in-place pair") + " allowed, scratch of " +
                     counted(with_scratch, "op") + ", constants elsewhere";
  if (fixed > 0) text += ", " + counted(fixed, "offset") + " fixed";
  return text + traffic_text(problem);
}

std::string holds_for_arenas(std::int32_t threads) {
  return "inputs, outputs, activations and the scratch of this machine's kernels for " +
         counted(static_cast<std::size_t>(threads), "thread") +
         " in one memory, each rounded up to " + std::to_string(kTensorAlignment) +
         " bytes; views, concats by address, in place where kernels may, no ops in strips; weights "
         "lie elsewhere";
}

}  // namespace tilewright::tool
