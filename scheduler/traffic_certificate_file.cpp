// SPDX-License-Identifier: Apache-2.0
// The file form of traffic proofs; its meaning is in docs/planning.md.
#include <nlohmann/json.hpp>

#include "scheduler/problem_file_json.h"
#include "scheduler/traffic/traffic_certificate.h"
#include "scheduler/traffic_file.h"

namespace tilewright::scheduler {
namespace {

using Json = nlohmann::ordered_json;

Json part_json(const CertifiedPart& certified) {
  Json ops = Json::array();
  for (const OpId id : certified.part.ops)
    ops.push_back(index(id));
  Json counted = Json::array();
  for (std::size_t i = 0; i < certified.part.counted.size(); ++i) {
    if (certified.part.counted[i]) counted.push_back(i);
  }
  return {{"ops", std::move(ops)},
          {"counted", std::move(counted)},
          {"order_proof", order_proof_json(certified.proof)}};
}

}  // namespace

std::string write_traffic_proof(const Problem& problem, const TrafficSolution& solution,
                                const TrafficCertificate& certificate) {
  Json plan = Json::parse(write_traffic(problem, solution));
  plan["in_place_used"] = Json::array();
  for (const InPlaceUse& use : solution.in_place_used)
    plan["in_place_used"].push_back({index(use.op), index(use.read), index(use.write)});
  Json prices = Json::array();
  for (std::size_t moment = 0; moment < certificate.prices.size(); ++moment) {
    const std::int64_t price = certificate.prices[moment];
    if (price > 0) prices.push_back({static_cast<std::int64_t>(moment) - 1, price});
  }
  Json parts = Json::array();
  for (const CertifiedPart& part : certificate.parts)
    parts.push_back(part_json(part));
  const Json proof = {{"plan", std::move(plan)},
                      {"order_bound_bytes", certificate.order_bound_bytes},
                      {"prices", std::move(prices)},
                      {"bound_bytes", certificate.bound_bytes},
                      {"parts", std::move(parts)}};
  return proof.dump();
}

}  // namespace tilewright::scheduler
