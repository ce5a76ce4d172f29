// SPDX-License-Identifier: Apache-2.0
// The file form of certificates; its meaning is in docs/planning.md.
#include <cstdio>

#include <nlohmann/json.hpp>

#include "scheduler/cost.h"
#include "scheduler/problem_file.h"
#include "scheduler/problem_file_json.h"

namespace tilewright::scheduler {
namespace {

using Json = nlohmann::ordered_json;

/// The set as one hexadecimal number, op 0 in the lowest bit.
std::string hexadecimal(const std::vector<OpWord>& words) {
  std::string text;
  for (std::size_t i = words.size(); i-- > 0;) {
    char digits[17] = {};
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(words[i]));
    text += digits;
  }
  const std::size_t first = text.find_first_not_of('0');
  return first == std::string::npos ? "0" : text.substr(first);
}

Json to_json(const std::vector<Transport>& transports) {
  Json list = Json::array();
  for (const Transport& transport : transports)
    list.push_back(Json::array({transport.closed, transport.opened, transport.bytes}));
  return list;
}

Json to_json(const std::vector<CertifiedState>& states);

Json to_json(const CertifiedState& state) {
  Json entry = {hexadecimal(state.executed)};
  switch (state.rule) {
    case StateRule::Expand:
      entry.push_back("expand");
      return entry;
    case StateRule::Free:
      entry.push_back("free");
      entry.push_back(state.ops);
      return entry;
    case StateRule::Lift:
      entry.push_back("lift");
      break;
    case StateRule::Parts:
      entry.push_back("parts");
      break;
  }
  entry.push_back(state.ops);
  entry.push_back(to_json(state.transports));
  if (state.rule == StateRule::Lift) return entry;
  Json parts = Json::array();
  for (const StuckPart& part : state.parts)
    parts.push_back(Json::array({hexadecimal(part.ops), to_json(part.states)}));
  entry.push_back(state.turned ? "backward" : "forward");
  entry.push_back(std::move(parts));
  return entry;
}

Json to_json(const std::vector<CertifiedState>& states) {
  Json list = Json::array();
  for (const CertifiedState& state : states)
    list.push_back(to_json(state));
  return list;
}

Json to_json(const SearchCertificate& proof) {
  Json joins = Json::array();
  for (const Join& join : proof.joins) {
    const char* kind = join.kind == JoinKind::Forward ? "forward" : "backward";
    joins.push_back(Json::array({join.first, join.second, kind}));
  }
  return {{"kind", "search"},           {"bound_bytes", proof.bound_bytes},
          {"backward", proof.backward}, {"joins", std::move(joins)},
          {"groups", proof.groups},     {"states", to_json(proof.states)}};
}

const char* to_string(FlowKind kind) {
  switch (kind) {
    case FlowKind::Close:
      return "close";
    case FlowKind::Credit:
      return "credit";
    case FlowKind::Wait:
      return "wait";
    case FlowKind::Open:
      return "open";
  }
  return "unknown";
}

Json to_json(const FlowCertificate& proof) {
  Json flows = Json::array();
  for (const CertifiedFlow& flow : proof.flows)
    flows.push_back(Json::array({to_string(flow.kind), flow.from, flow.to, flow.bytes}));
  return {{"kind", "flow"},
          {"bound_bytes", proof.bound_bytes},
          {"op", proof.op ? Json(*proof.op) : Json()},
          {"credit", proof.credit == CreditRule::Apart ? "apart" : "whole"},
          {"cut", hexadecimal(proof.cut)},
          {"flows", std::move(flows)}};
}

/// What stands behind the bound of the arena: the fullest step, which can be checked, or a search.
Json arena_proof(const Problem& problem, const Solution& solution) {
  const std::int64_t load_bytes = peak_bytes(problem, dependencies(problem), solution.order);
  const bool is_load = solution.arena_lower_bound_bytes <= load_bytes;
  return {{"kind", is_load ? "load" : "search"}, {"bound_bytes", solution.arena_lower_bound_bytes}};
}

}  // namespace

Json order_proof_json(const OrderProof& proof) {
  return std::visit([](const auto& kind) { return to_json(kind); }, proof);
}

std::string write_certificate(const Problem& problem, const Solution& solution,
                              const std::optional<OrderProof>& proof) {
  const Json certificate = {{"format", "tilewright-certificate"},
                            {"version", 1},
                            {"plan", Json::parse(write_solution(problem, solution))},
                            {"order_proof", proof ? order_proof_json(*proof) : Json()},
                            {"arena_proof", arena_proof(problem, solution)}};
  return certificate.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tilewright::scheduler
