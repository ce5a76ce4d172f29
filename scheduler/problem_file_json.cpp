// SPDX-License-Identifier: Apache-2.0
#include "scheduler/problem_file_json.h"

namespace tilewright::scheduler {
namespace {

using Json = nlohmann::ordered_json;

template <typename Id>
Json id_list(const std::vector<Id>& ids) {
  Json list = Json::array();
  for (const Id id : ids)
    list.push_back(index(id));
  return list;
}

Json storage_json(const Storage& storage) {
  Json json = {{"name", storage.name},
               {"bytes", storage.bytes},
               {"input", storage.input},
               {"output", storage.output},
               {"constant", storage.constant}};
  if (storage.fast) json["fast"] = true;
  if (storage.offset) json["offset"] = *storage.offset;
  if (storage.place != OperandPlace::Split)
    json["place"] = storage.place == OperandPlace::Fast ? "fast" : "one_bank";
  return json;
}

Json op_json(const Op& op) {
  Json pairs = Json::array();
  for (const InPlacePair& pair : op.in_place) {
    pairs.push_back(Json::array({index(pair.read), index(pair.write)}));
  }
  Json json = {{"name", op.name},
               {"reads", id_list(op.reads)},
               {"writes", id_list(op.writes)},
               {"after", id_list(op.after)},
               {"scratch_bytes", op.scratch_bytes},
               {"in_place", std::move(pairs)}};
  if (op.compute_us > 0) json["compute_us"] = op.compute_us;
  return json;
}

Json bank_json(const Bank& bank) {
  return {{"name", bank.name},
          {"bytes", bank.bytes},
          {"read_bytes_per_us", bank.read_bytes_per_us},
          {"write_bytes_per_us", bank.write_bytes_per_us},
          {"granule_bytes", bank.granule_bytes}};
}

template <typename T, typename F>
Json list_json(const std::vector<T>& values, const F& to_json) {
  Json list = Json::array();
  for (const T& value : values)
    list.push_back(to_json(value));
  return list;
}

}  // namespace

Json problem_json(const Problem& problem) {
  Json json = {{"format", "tilewright-problem"},
               {"version", 1},
               {"alignment", problem.alignment_bytes},
               {"storages", list_json(problem.storages, storage_json)},
               {"ops", list_json(problem.ops, op_json)}};
  if (problem.memory_limit_bytes) json["memory_limit"] = *problem.memory_limit_bytes;
  if (!problem.banks.empty()) json["banks"] = list_json(problem.banks, bank_json);
  json["execution"] = problem.execution == Execution::Full ? "full" : "streaming";
  if (problem.stage_bytes) json["stage_bytes"] = *problem.stage_bytes;
  if (problem.residency == Residency::Whole) json["residency"] = "whole";
  if (problem.stream_constants) json["stream_constants"] = true;
  if (problem.steady_state) json["steady_state"] = true;
  return json;
}

std::string json_text(const Json& value) {
  // Names come from model files and may hold any bytes: what is not UTF-8 is replaced.
  const auto dump = [](const Json& part) {
    return part.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  std::string text = "{";
  for (const auto& [key, part] : value.items()) {
    text += (text.size() > 1 ? ",\n  \"" : "\n  \"") + key + "\": ";
    const bool of_objects = part.is_array() && !part.empty() && part.front().is_object();
    if (!of_objects) {
      text += dump(part);
      continue;
    }
    text += "[";
    for (std::size_t i = 0; i < part.size(); ++i) {
      text += (i == 0 ? "\n    " : ",\n    ") + dump(part[i]);
    }
    text += "\n  ]";
  }
  return text + "\n}\n";
}

}  // namespace tilewright::scheduler
