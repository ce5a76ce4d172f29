// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic_file.h"

#include <nlohmann/json.hpp>

#include "scheduler/problem_file_json.h"
#include "scheduler/traffic/timeline.h"

namespace tilewright::scheduler {
namespace {

using Json = nlohmann::ordered_json;

struct ExternalBytes {
  std::int64_t read = 0;
  std::int64_t written = 0;
};

ExternalBytes external_bytes(const TrafficSolution& solution) {
  ExternalBytes bytes;
  for (const Transfer& transfer : solution.transfers) {
    if (transfer.kind == TransferKind::Move) continue;
    (is_read(transfer.kind) ? bytes.read : bytes.written) +=
        transfer.end_bytes - transfer.begin_bytes;
  }
  return bytes;
}

Json bank_list(const Problem& problem, const TrafficSolution& solution) {
  const ExternalBytes bytes = external_bytes(solution);
  const Bank& fast = problem.banks.front();
  const Bank& external = problem.banks.back();
  return Json::array({{{"name", fast.name}, {"bytes", fast.bytes}, {"used", solution.fast_bytes}},
                      {{"name", external.name},
                       {"bytes", external.bytes},
                       {"read_bytes", bytes.read},
                       {"written_bytes", bytes.written}}});
}

Json bytes_json(const TrafficBytes& bytes) {
  return {{"compulsory", bytes.compulsory}, {"avoidable", bytes.avoidable}};
}

Json transfer_json(const Transfer& transfer) {
  return {{"step", transfer.step},
          {"kind", to_string(transfer.kind)},
          {"storage", index(transfer.storage)},
          {"begin_bytes", transfer.begin_bytes},
          {"end_bytes", transfer.end_bytes}};
}

Json piece_json(const FastPiece& piece) {
  return {{"storage", index(piece.storage)},
          {"begin", piece.begin},
          {"end", piece.end},
          {"bytes", piece.bytes},
          {"offset", piece.offset}};
}

}  // namespace

double stall_us(const Problem& problem, const TrafficSolution& solution) {
  const ExternalBytes bytes = external_bytes(solution);
  const Bank& external = problem.banks.back();
  return static_cast<double>(bytes.read) / external.read_bytes_per_us +
         static_cast<double>(bytes.written) / external.write_bytes_per_us;
}

std::string write_traffic(const Problem& problem, const TrafficSolution& solution) {
  const bool streaming = problem.execution == Execution::Streaming;
  const bool whole = problem.residency == Residency::Whole;
  Json json = {{"execution", streaming ? "streaming" : "full"},
               {"residency", whole ? "whole" : "granules"},
               {"stream_constants", problem.stream_constants},
               {"steady_state", problem.steady_state},
               {"unit_bytes", traffic_unit_bytes(problem)},
               {"banks", bank_list(problem, solution)},
               {"weights", bytes_json(solution.weights)},
               {"activations", bytes_json(solution.activations)},
               {"total_bytes", solution.total_bytes()},
               {"lower_bound_bytes", solution.lower_bound_bytes},
               {"order_lower_bound_bytes", solution.order_lower_bound_bytes},
               {"status", to_string(solution.status)},
               {"states", solution.states},
               {"moved_bytes", solution.moved_bytes},
               {"stall_us", stall_us(problem, solution)}};
  Json order = Json::array();
  for (const OpId id : solution.order)
    order.push_back(index(id));
  json["order"] = std::move(order);
  json["pieces"] = Json::array();
  for (const FastPiece& piece : solution.pieces)
    json["pieces"].push_back(piece_json(piece));
  json["transfers"] = Json::array();
  for (const Transfer& transfer : solution.transfers)
    json["transfers"].push_back(transfer_json(transfer));
  return json_text(json);
}

}  // namespace tilewright::scheduler
