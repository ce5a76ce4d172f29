// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/validate_traffic_shape.h"

#include <string>
#include <vector>

namespace tilewright::scheduler {
namespace {

Status check_piece(const Problem& problem, const FastPiece& piece) {
  const auto steps = static_cast<std::int64_t>(problem.ops.size());
  if (index(piece.storage) >= problem.storages.size() || piece.begin < -1 ||
      piece.end > steps + 1 || piece.begin >= piece.end) {
    return wrong_traffic("expected pieces of storages in steps -1 to " + std::to_string(steps) +
                         ", got another");
  }
  const std::int64_t capacity_bytes = problem.banks.front().bytes;
  const bool whole_units = piece.bytes > 0 && piece.bytes % transfer_unit_bytes(problem) == 0;
  const bool aligned = piece.offset >= 0 && piece.offset % problem.alignment_bytes == 0;
  const bool inside = piece.bytes <= capacity_bytes && piece.offset <= capacity_bytes - piece.bytes;
  if (whole_units && aligned && inside) return ok();
  return wrong_traffic("storage '" + problem.storages[index(piece.storage)].name +
                       "': expected whole units inside bank '" + problem.banks.front().name +
                       "', got " + std::to_string(piece.bytes) + " at " +
                       std::to_string(piece.offset));
}

}  // namespace

Error wrong_traffic(const std::string& message) {
  return {ErrorCode::InvalidArgument, "traffic: " + message};
}

std::int64_t transfer_unit_bytes(const Problem& problem) {
  const std::int64_t alignment = problem.alignment_bytes;
  return (problem.banks.back().granule_bytes + alignment - 1) / alignment * alignment;
}

Status check_traffic_shape(const Problem& problem, const TrafficSolution& solution) {
  if (solution.order.size() != problem.ops.size() ||
      solution.scratch_offsets.size() != problem.ops.size()) {
    return wrong_traffic("expected an entry for each op, got lists of other sizes");
  }
  for (const OpId id : solution.order) {
    if (index(id) >= problem.ops.size())
      return wrong_traffic("expected op ids, got one out of range");
  }
  for (const InPlaceUse& use : solution.in_place_used) {
    const bool known = index(use.op) < problem.ops.size() &&
                       index(use.read) < problem.storages.size() &&
                       index(use.write) < problem.storages.size();
    if (!known)
      return wrong_traffic("expected in-place pairs of the problem, got one out of range");
  }
  for (const Transfer& transfer : solution.transfers) {
    if (index(transfer.storage) < problem.storages.size()) continue;
    return wrong_traffic("expected transfers of storages, got one out of range");
  }
  for (const FastPiece& piece : solution.pieces) {
    TILEWRIGHT_RETURN_IF_ERROR(check_piece(problem, piece));
  }
  return ok();
}

Status check_traffic_claims(const Problem& problem, const TrafficSolution& solution,
                            const MeasuredTraffic& measured) {
  std::vector<bool> read(problem.storages.size(), false);
  std::vector<bool> written(problem.storages.size(), false);
  for (const Op& op : problem.ops) {
    for (const StorageId id : op.reads)
      read[index(id)] = true;
    for (const StorageId id : op.writes)
      written[index(id)] = true;
  }
  const std::int64_t unit = transfer_unit_bytes(problem);
  TrafficBytes weights;
  TrafficBytes activations;
  for (std::size_t i = 0; i < problem.storages.size(); ++i) {
    const Storage& storage = problem.storages[i];
    if (storage.fast || (!read[i] && !written[i])) continue;
    const std::int64_t size = (storage.bytes + unit - 1) / unit * unit;
    if (storage.constant && !problem.steady_state) weights.compulsory += size;
    if (storage.input) activations.compulsory += size;
    if (storage.output && written[i]) activations.compulsory += size;
  }
  weights.avoidable = measured.weights_bytes - weights.compulsory;
  activations.avoidable = measured.activations_bytes - activations.compulsory;
  if (weights != solution.weights || activations != solution.activations) {
    return wrong_traffic("expected " + std::to_string(measured.weights_bytes) +
                         " bytes of weights and " + std::to_string(measured.activations_bytes) +
                         " of activations, got other claims");
  }
  if (solution.fast_bytes != measured.fast_bytes || solution.moved_bytes != measured.moved_bytes) {
    return wrong_traffic("expected fast_bytes " + std::to_string(measured.fast_bytes) +
                         " and moved_bytes " + std::to_string(measured.moved_bytes) +
                         ", got other claims");
  }
  const std::int64_t total = measured.weights_bytes + measured.activations_bytes;
  const bool ordered = solution.lower_bound_bytes <= solution.order_lower_bound_bytes &&
                       solution.order_lower_bound_bytes <= total;
  const bool optimal = solution.status == TrafficStatus::Optimal;
  if (ordered && optimal == (solution.lower_bound_bytes == total)) return ok();
  return wrong_traffic("expected optimal exactly if the lower bound is reached, got otherwise");
}

}  // namespace tilewright::scheduler
