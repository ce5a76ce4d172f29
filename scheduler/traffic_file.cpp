// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic_file.h"

#include <algorithm>
#include <vector>

#include <nlohmann/json.hpp>

#include "scheduler/problem_file_json.h"
#include "scheduler/traffic/bank_plan.h"
#include "scheduler/traffic/timeline.h"
#include "scheduler/traffic/traffic_timing.h"

namespace tilewright::scheduler {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kLeastStallUs = 1e-9;  // less is what rounding leaves

struct PassedBytes {
  std::int64_t read = 0;
  std::int64_t written = 0;
};

/// Per bank, what inner banks read from it and wrote to it; of the first bank nothing.
std::vector<PassedBytes> passed_bytes(const Problem& problem, const BankPlan& plan) {
  std::vector<PassedBytes> bytes(problem.banks.size());
  for (const BankTransfer& transfer : plan.transfers) {
    if (transfer.from == transfer.to) continue;
    const bool reads = transfer.from > transfer.to;
    PassedBytes& bank = bytes[std::max(transfer.from, transfer.to)];
    (reads ? bank.read : bank.written) += transfer.end_bytes - transfer.begin_bytes;
  }
  return bytes;
}

Json bank_list(const Problem& problem, const TrafficSolution& solution, const BankPlan& plan) {
  const std::vector<PassedBytes> bytes = passed_bytes(problem, plan);
  const Bank& fast = problem.banks.front();
  Json list =
      Json::array({{{"name", fast.name}, {"bytes", fast.bytes}, {"used", solution.fast_bytes}}});
  for (std::size_t i = 1; i < problem.banks.size(); ++i) {
    list.push_back({{"name", problem.banks[i].name},
                    {"bytes", problem.banks[i].bytes},
                    {"read_bytes", bytes[i].read},
                    {"written_bytes", bytes[i].written}});
  }
  return list;
}

/// Of three banks and more: what goes from which bank to which, and what lies between.
Json bank_plan_json(const BankPlan& plan) {
  Json transfers = Json::array();
  for (const BankTransfer& transfer : plan.transfers) {
    transfers.push_back({{"cause", transfer.cause},
                         {"from", transfer.from},
                         {"to", transfer.to},
                         {"storage", index(transfer.storage)},
                         {"begin_bytes", transfer.begin_bytes},
                         {"end_bytes", transfer.end_bytes}});
  }
  Json pieces = Json::array();
  for (const BankPiece& piece : plan.pieces) {
    pieces.push_back({{"bank", piece.bank},
                      {"storage", index(piece.storage)},
                      {"begin", piece.begin},
                      {"end", piece.end},
                      {"begin_bytes", piece.begin_bytes},
                      {"end_bytes", piece.end_bytes},
                      {"offset", piece.offset}});
  }
  return {{"transfer_us", plan.transfer_us},
          {"lower_bound_us", plan.lower_bound_us},
          {"gap", plan.gap()},
          {"transfers", std::move(transfers)},
          {"pieces", std::move(pieces)}};
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

/// Steps whose op waits for transfers; the last one is the time after all ops.
Json stall_list(const TrafficTiming& timing) {
  Json list = Json::array();
  for (std::size_t step = 0; step < timing.stall_us.size(); ++step) {
    if (timing.stall_us[step] > kLeastStallUs)
      list.push_back({{"step", step}, {"us", timing.stall_us[step]}});
  }
  return list;
}

}  // namespace

std::string write_traffic(const Problem& problem, const TrafficSolution& solution) {
  const BankPlan banks = plan_banks(problem, solution);
  const TrafficTiming timing = traffic_timing(problem, solution);
  const bool streaming = problem.execution == Execution::Streaming;
  const bool whole = problem.residency == Residency::Whole;
  Json json = {{"execution", streaming ? "streaming" : "full"},
               {"residency", whole ? "whole" : "granules"},
               {"stream_constants", problem.stream_constants},
               {"steady_state", problem.steady_state},
               {"unit_bytes", traffic_unit_bytes(problem)},
               {"banks", bank_list(problem, solution, banks)},
               {"weights", bytes_json(solution.weights)},
               {"activations", bytes_json(solution.activations)},
               {"total_bytes", solution.total_bytes()},
               {"lower_bound_bytes", solution.lower_bound_bytes},
               {"order_lower_bound_bytes", solution.order_lower_bound_bytes},
               {"status", to_string(solution.status)},
               {"states", solution.states},
               {"moved_bytes", solution.moved_bytes},
               {"compute_us", timing.compute_us},
               {"transfer_us", timing.transfer_us},
               {"total_us", timing.total_us},
               {"stall_us", timing.total_stall_us()},
               {"stalls", stall_list(timing)}};
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
  if (problem.banks.size() > 2) json["bank_plan"] = bank_plan_json(banks);
  return json_text(json);
}

}  // namespace tilewright::scheduler
