// SPDX-License-Identifier: Apache-2.0
#include "bench/tuner/recorded_table.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "bench/tuner/signature_reader.h"
#include "lib/tuner/statistics.h"

namespace tilewright::bench {
namespace {

using Json = nlohmann::json;

/// Samples by `candidate_name`.
std::map<std::string, std::vector<double>> samples_of(const Json& layer) {
  const double unit_seconds = 1e-9 * layer.at("unit_ns").get<double>();
  std::map<std::string, std::vector<double>> rows;
  for (const auto& [kernel, configs] : layer.at("samples").items()) {
    for (const auto& [config, samples] : configs.items()) {
      std::vector<double>& row = rows[kernel + "/" + config];
      for (const Json& sample : samples)
        row.push_back(unit_seconds * sample.get<double>());
    }
  }
  return rows;
}

Result<RecordedLayer> read_layer(const Json& json, const tuner::DeviceParameters& device) {
  TILEWRIGHT_TRY(ProgramOp op, read_signature(json.at("signature").get<std::string>()));
  op.name = json.at("name").get<std::string>();
  // The table says which instruction sets count.
  TILEWRIGHT_TRY(std::vector<KernelChoice> all,
                 kernel_candidates(op, ~runtime::IsaMask{0}, device));
  const auto rows = samples_of(json);
  std::erase_if(all,
                [&](const KernelChoice& choice) { return !rows.contains(candidate_name(choice)); });
  RecordedLayer recorded{std::move(op), {}, {}};
  KernelLayer layer{&recorded.op, std::move(all), "", json.at("count").get<std::size_t>()};
  recorded.layer = tuner_layer(layer, device);
  for (const tuner::Candidate& candidate : recorded.layer.candidates)
    recorded.seconds.push_back(rows.at(candidate.name));
  return recorded;
}

Error foreign(const std::string& path, const std::string& why) {
  return {ErrorCode::InvalidArgument, path + ": expected a recorded table, got " + why};
}

}  // namespace

Result<RecordedTable> read_table(const std::string& path, const tuner::DeviceParameters& device) {
  std::ifstream in(path);
  if (!in) return Error{ErrorCode::NotFound, path + ": expected a file, got none"};
  const Json root = Json::parse(in, nullptr, false);
  if (root.is_discarded() || root.value("format", "") != "tilewright-table")
    return foreign(path, "other bytes");
  RecordedTable table{std::filesystem::path(path).stem().string(), {}};
  try {
    for (const Json& json : root.at("layers")) {
      TILEWRIGHT_TRY(RecordedLayer layer, read_layer(json, device));
      if (layer.seconds.size() > 1) table.layers.push_back(std::move(layer));
    }
  } catch (const Json::exception& error) {
    return foreign(path, error.what());
  }
  return table;
}

double median_seconds(const std::vector<double>& row, std::size_t parity) {
  std::vector<double> half;
  for (std::size_t i = parity; i < row.size(); i += 2)
    half.push_back(row[i]);
  return tuner::median(half.empty() ? row : half);
}

}  // namespace tilewright::bench
