// SPDX-License-Identifier: Apache-2.0
#include "lib/reorder.h"

#include <numeric>
#include <utility>

#include "lib/import/op_list.h"
#include "scheduler/solve.h"

namespace tilewright {
namespace {

// What TFLM aligns tensors to (MicroArenaBufferAlignment), and what we do.
constexpr std::int64_t kMicroAlignment = 16;

using Order = std::vector<std::size_t>;

scheduler::Problem problem_of(const importer::OpList& list, std::int64_t alignment_bytes) {
  scheduler::Problem problem;
  problem.alignment_bytes = alignment_bytes;
  for (const importer::ListedTensor& tensor : list.tensors) {
    problem.storages.push_back({.name = tensor.name,
                                .bytes = tensor.bytes,
                                .input = tensor.input,
                                .output = tensor.output,
                                .constant = tensor.constant});
  }
  for (const importer::ListedOp& listed : list.ops) {
    scheduler::Op op{.name = listed.name};
    for (const std::size_t tensor : listed.reads)
      op.reads.push_back(scheduler::storage_id(tensor));
    for (const std::size_t tensor : listed.writes)
      op.writes.push_back(scheduler::storage_id(tensor));
    for (const std::size_t before : listed.after)
      op.after.push_back(scheduler::op_id(before));
    problem.ops.push_back(std::move(op));
  }
  return problem;
}

/// `problem` with one order left: that of its list. Errors: InvalidModel, if it is none.
Result<scheduler::Solution> solve_in_file_order(scheduler::Problem problem) {
  for (std::size_t i = 1; i < problem.ops.size(); ++i)
    problem.ops[i].after = {scheduler::op_id(i - 1)};
  return scheduler::solve(problem);
}

Order positions(const std::vector<scheduler::OpId>& ids) {
  Order order;
  for (const scheduler::OpId id : ids)
    order.push_back(scheduler::index(id));
  return order;
}

std::size_t count_moved(const Order& order) {
  std::size_t moved = 0;
  for (std::size_t i = 0; i < order.size(); ++i)
    moved += order[i] == i ? 0 : 1;
  return moved;
}

Status check_plan_wishes(std::span<const std::byte> bytes, importer::ModelFormat format,
                         const ReorderOptions& options) {
  if (format == importer::ModelFormat::Onnx) {
    if (!options.offline_plan) return ok();
    return Error{
        ErrorCode::InvalidArgument,
        "offline plan: expected a .tflite file, whose format has a place for it, got .onnx"};
  }
  TILEWRIGHT_TRY(const bool has_plan, importer::has_offline_plan(bytes));
  if (!has_plan || options.offline_plan) return ok();
  return Error{ErrorCode::InvalidArgument,
               "offline plan: expected to be asked for a new one, since the file holds one for its "
               "own order, got no such request"};
}

Result<importer::OpList> op_list(std::span<const std::byte> bytes, importer::ModelFormat format,
                                 const ReorderOptions& options) {
  if (format == importer::ModelFormat::Tflite) return importer::tflite_op_list(bytes);
  return importer::onnx_op_list(bytes, {options.shapes, options.folder});
}

}  // namespace

Result<Reordered> reorder_model(std::span<const std::byte> bytes, const ReorderOptions& options) {
  TILEWRIGHT_TRY(const importer::ModelFormat format, importer::model_format(bytes));
  TILEWRIGHT_RETURN_IF_ERROR(check_plan_wishes(bytes, format, options));
  TILEWRIGHT_TRY(const importer::OpList list, op_list(bytes, format, options));
  const bool is_tflite = format == importer::ModelFormat::Tflite;
  Reordered result;
  result.alignment_bytes = is_tflite ? kMicroAlignment : kTensorAlignment;
  const scheduler::Problem problem = problem_of(list, result.alignment_bytes);
  TILEWRIGHT_TRY(scheduler::Solution plan, scheduler::solve(problem));
  result.ops = list.ops.size();
  result.peak_before_bytes = plan.serialized_order_peak_bytes;
  result.peak_lower_bound_bytes = plan.peak_lower_bound_bytes;
  result.status = plan.order_status;
  const std::int64_t greedy_before_bytes = plan.greedy_arena_bytes;
  // A file out of order has no order to keep: the planner's then is new in any case.
  Result<scheduler::Solution> kept = solve_in_file_order(problem);
  const bool keeps = kept && kept->peak_bytes <= plan.peak_bytes &&
                     (!options.offline_plan || kept->arena_bytes <= plan.arena_bytes);
  if (keeps) plan = *std::move(kept);
  result.peak_after_bytes = plan.peak_bytes;
  const Order order = positions(plan.order);
  result.moved_ops = count_moved(order);
  TILEWRIGHT_TRY(result.bytes, is_tflite ? importer::tflite_in_order(bytes, order)
                                         : importer::onnx_in_order(bytes, order));
  if (options.offline_plan) {
    result.offline_plan = {plan.arena_bytes, plan.arena_lower_bound_bytes, greedy_before_bytes};
    TILEWRIGHT_TRY(result.bytes, importer::tflite_with_offline_plan(result.bytes, plan.offsets));
  }
  return result;
}

}  // namespace tilewright
