// SPDX-License-Identifier: Apache-2.0
#include "bench/tuner/recorded_table.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "bench/tuner/signature_reader.h"
#include "lib/tuner/device_numbers.h"
#include "lib/tuner/statistics.h"

namespace tilewright::bench {
namespace {

using Json = nlohmann::json;

// Of times, rates and sizes: far from where arithmetic ends, to either side.
constexpr double kLeastNumber = 1e-12;
constexpr double kLargestNumber = 1e18;
constexpr std::uint64_t kMostOps = 1'000'000;

bool is_plausible(double number) {
  return number >= kLeastNumber && number <= kLargestNumber;
}

Error wrong(const std::string& what, const Json& got) {
  return {ErrorCode::InvalidArgument,
          what + ": expected numbers from 1e-12 to 1e18, got " + got.dump()};
}

Result<double> number_of(const Json& object, const std::string& name) {
  const Json& json = object.at(name);
  if (json.is_number() && is_plausible(json.get<double>())) return json.get<double>();
  return wrong(name, json);
}

/// Ops of the network that share a layer.
Result<std::size_t> count_of(const Json& layer) {
  const Json& json = layer.at("count");
  const std::uint64_t count = json.is_number_unsigned() ? json.get<std::uint64_t>() : 0;
  if (count >= 1 && count <= kMostOps) return count;
  return Error{ErrorCode::InvalidArgument,
               "count: expected 1 to " + std::to_string(kMostOps) + " ops, got " + json.dump()};
}

Result<tuner::DeviceParameters> read_device(const Json& json) {
  tuner::DeviceParameters device;
  Status status = ok();
  tuner::for_each_number(device, [&](const std::string& name, double& number) {
    if (!json.contains(name) && tuner::is_new_number(name)) return;
    const Result<double> read = number_of(json, name);
    if (read) {
      number = *read;
    } else if (status) {
      status = Error{read.error().code, "device: " + read.error().message};
    }
  });
  if (!status) return status.error();
  return device;
}

/// Samples by `candidate_name`.
using Rows = std::map<std::string, std::vector<double>>;

Result<Rows> samples_of(const Json& layer) {
  TILEWRIGHT_TRY(const double unit_ns, number_of(layer, "unit_ns"));
  Rows rows;
  for (const auto& [kernel, configs] : layer.at("samples").items()) {
    for (const auto& [config, samples] : configs.items()) {
      std::vector<double>& row = rows[kernel + "/" + config];
      for (const Json& sample : samples)
        row.push_back(1e-9 * unit_ns * sample.get<double>());
      if (row.empty() || !std::ranges::all_of(row, is_plausible))
        return wrong(kernel + "/" + config, samples);
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
  TILEWRIGHT_TRY(const Rows rows, samples_of(json));
  TILEWRIGHT_TRY(const std::size_t count, count_of(json));
  std::erase_if(all,
                [&](const KernelChoice& choice) { return !rows.contains(candidate_name(choice)); });
  RecordedLayer recorded{std::move(op), {}, {}};
  KernelLayer layer{&recorded.op, std::move(all), "", count};
  recorded.layer = tuner_layer(layer, device);
  for (const tuner::Candidate& candidate : recorded.layer.candidates)
    recorded.seconds.push_back(rows.at(candidate.name));
  return recorded;
}

Result<RecordedTable> read_json(const Json& root,
                                const std::optional<tuner::DeviceParameters>& device) {
  if (root.at("format") != "tilewright-table" || root.at("version") != 1) {
    return Error{ErrorCode::InvalidArgument, "expected a recorded table of version 1"};
  }
  RecordedTable table;
  if (root.contains("device")) {
    TILEWRIGHT_TRY(table.device, read_device(root.at("device")));
  }
  if (device) table.device = *device;
  for (const Json& json : root.at("layers")) {
    TILEWRIGHT_TRY(RecordedLayer layer, read_layer(json, table.device));
    if (layer.seconds.size() > 1) table.layers.push_back(std::move(layer));
  }
  return table;
}

}  // namespace

Result<RecordedTable> read_table(const std::string& path,
                                 const std::optional<tuner::DeviceParameters>& device) {
  std::ifstream in(path);
  if (!in) return Error{ErrorCode::NotFound, path + ": expected a file, got none"};
  try {
    Result<RecordedTable> table = read_json(Json::parse(in), device);
    if (!table) return Error{table.error().code, path + ": " + table.error().message};
    table->name = std::filesystem::path(path).stem().string();
    return table;
  } catch (const Json::exception& error) {
    return Error{ErrorCode::InvalidArgument,
                 path + ": expected a recorded table, got " + error.what()};
  }
}

tuner::DeviceParameters unmeasured(const tuner::DeviceParameters& device) {
  tuner::DeviceParameters usual;
  usual.l1_bytes = device.l1_bytes;
  usual.l2.size_bytes = device.l2.size_bytes;
  usual.l3.size_bytes = device.l3.size_bytes;
  return usual;
}

double median_seconds(const std::vector<double>& row, std::size_t parity) {
  std::vector<double> half;
  for (std::size_t i = parity; i < row.size(); i += 2)
    half.push_back(row[i]);
  return tuner::median(half.empty() ? row : half);
}

}  // namespace tilewright::bench
