// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/traffic_certificate.h"

#include <numeric>
#include <optional>
#include <utility>

#include "scheduler/traffic/priced_bound.h"
#include "scheduler/traffic/residency.h"

namespace tilewright::scheduler {
namespace {

/// The parts of the bound with proofs of their least peaks.
std::vector<CertifiedPart> certified_parts(const Problem& problem, TrafficBound bound) {
  std::vector<CertifiedPart> result;
  for (BoundPart& part : bound.parts) {
    const Problem need = fast_need_problem(problem, part.ops, part.counted);
    std::vector<std::int32_t> given(need.ops.size());
    std::iota(given.begin(), given.end(), 0);
    auto proof = certify_order(order_graph(need, dependencies(need)), given, part.peak_bytes, {});
    if (proof) result.push_back({std::move(part), std::move(*proof)});
  }
  return result;
}

}  // namespace

Result<TrafficCertificate> certify_traffic(const Problem& problem, const TrafficSolution& solution,
                                           const TrafficOptions& options) {
  TILEWRIGHT_RETURN_IF_ERROR(check_traffic_problem(problem));
  const Dependencies lists = dependencies(problem);
  TILEWRIGHT_TRY(const Timeline line, timeline(problem, lists, solution.order));
  TrafficCertificate result;
  result.prices = best_residency(line, options.fixed.residency).prices;
  const std::int64_t compulsory_bytes =
      solution.weights.compulsory + solution.activations.compulsory;
  result.order_bound_bytes =
      compulsory_bytes + priced_bound_units(line, result.prices) * line.unit_bytes;
  const std::vector<OpId> cut_order = least_need_order(problem, lists, options.max_order_states);
  TrafficBound bound = traffic_bound(problem, lists, cut_order, options.bound);
  std::int64_t units = bound.weights_units;
  result.parts = certified_parts(problem, std::move(bound));
  for (const CertifiedPart& part : result.parts)
    units += part.part.units;
  result.bound_bytes = compulsory_bytes + units * line.unit_bytes;
  return result;
}

}  // namespace tilewright::scheduler
