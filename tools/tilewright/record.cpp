// SPDX-License-Identifier: Apache-2.0
// `tilewright record`: times every candidate of every layer, round after round, and keeps the raw
// samples as a table that tuners can be replayed on.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <random>

#include "lib/compilation.h"
#include "lib/device_profile.h"
#include "lib/kernel_measurer.h"
#include "lib/tuner/device_numbers.h"
#include "lib/tuning_layers.h"
#include "runtime/cpu_features.h"
#include "runtime/file_io.h"
#include "tools/tilewright/command.h"
#include "tools/tilewright/input_file.h"
#include "tools/tilewright/option_values.h"

namespace tilewright::tool {
namespace {

struct RecordArguments {
  std::string output;
  int rounds = 8;
  std::uint64_t seed = 1;
};

/// Seconds of one layer: a row per candidate, a sample per round.
using Samples = std::vector<std::vector<double>>;

/// Candidates of one layer as they were measured, and the core's clock behind each.
struct Round {
  std::vector<std::size_t> order;
  std::vector<double> clock_hz;
};

struct LayerRecord {
  Samples samples;
  std::vector<Round> rounds;
};

/// Candidates that are so many times slower than the best cost one run instead of three.
constexpr double kHopelessFactor = 3;

/// One visit of every candidate of a layer, in random order.
Status record_round(KernelMeasurer& measurer, std::size_t layer, std::mt19937_64& random,
                    LayerRecord& record) {
  Samples& samples = record.samples;
  Round& round = record.rounds.emplace_back();
  round.order.resize(samples.size());
  std::iota(round.order.begin(), round.order.end(), std::size_t{0});
  std::shuffle(round.order.begin(), round.order.end(), random);
  double best_seconds = std::numeric_limits<double>::infinity();
  for (const std::size_t candidate : round.order) {
    tuner::Visit visit{.layer = layer, .candidate = candidate};
    visit.limit_full_seconds = kHopelessFactor * best_seconds;
    TILEWRIGHT_TRY(const tuner::Measurement seen, measurer.measure(visit));
    samples[candidate].push_back(seen.seconds);
    round.clock_hz.push_back(seen.clock_hz);
    best_seconds = std::min(best_seconds, seen.seconds);
  }
  return ok();
}

/// A power of ten that leaves the best sample four digits.
std::int64_t unit_of(const Samples& samples) {
  double best_ns = std::numeric_limits<double>::infinity();
  for (const std::vector<double>& row : samples)
    best_ns = std::min(best_ns, 1e9 * *std::ranges::min_element(row));
  std::int64_t unit_ns = 1;
  while (best_ns / static_cast<double>(unit_ns) >= 10000)
    unit_ns *= 10;
  return unit_ns;
}

/// Where each candidate's row stands in the table, which puts those of one kernel together.
std::vector<std::size_t> row_of_candidate(const KernelLayer& layer) {
  std::vector<std::size_t> firsts;  // the first candidate of each one's kernel
  for (const KernelChoice& choice : layer.candidates) {
    const auto first =
        std::ranges::find(layer.candidates, choice.kernel->name,
                          [](const KernelChoice& other) { return other.kernel->name; });
    firsts.push_back(static_cast<std::size_t>(first - layer.candidates.begin()));
  }
  std::vector<std::size_t> by_row(firsts.size());
  std::iota(by_row.begin(), by_row.end(), std::size_t{0});
  std::ranges::stable_sort(by_row, {}, [&](std::size_t i) { return firsts[i]; });
  std::vector<std::size_t> rows(firsts.size());
  for (std::size_t row = 0; row < by_row.size(); ++row)
    rows[by_row[row]] = row;
  return rows;
}

Json rounds_json(const KernelLayer& layer, const std::vector<Round>& rounds) {
  const std::vector<std::size_t> rows = row_of_candidate(layer);
  Json json = Json::array();
  for (const Round& round : rounds) {
    Json order = Json::array();
    Json clock_mhz = Json::array();
    for (const std::size_t candidate : round.order)
      order.push_back(rows[candidate]);
    for (const double clock_hz : round.clock_hz)
      clock_mhz.push_back(std::llround(clock_hz * 1e-6));
    json.push_back({{"order", std::move(order)}, {"clock_mhz", std::move(clock_mhz)}});
  }
  return json;
}

Json layer_json(const KernelLayer& layer, const LayerRecord& record) {
  const Samples& samples = record.samples;
  const std::int64_t unit_ns = unit_of(samples);
  Json kernels = Json::object();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const std::string name = candidate_name(layer.candidates[i]);
    const std::size_t slash = name.find('/');
    Json& row = kernels[name.substr(0, slash)][name.substr(slash + 1)] = Json::array();
    for (const double seconds : samples[i])
      row.push_back(std::llround(seconds * 1e9 / static_cast<double>(unit_ns)));
  }
  return {{"name", layer.op->name},
          {"count", layer.count},
          {"signature", layer.signature},
          {"unit_ns", unit_ns},
          {"rounds", rounds_json(layer, record.rounds)},
          {"samples", std::move(kernels)}};
}

/// What the analytic times of this machine rest on, and its name in the tuning cache.
Json device_json(const tuner::DeviceParameters& device) {
  Json json = {{"name", device_name()}};
  tuner::for_each_number(device,
                         [&](const std::string& name, double number) { json[name] = number; });
  return json;
}

/// One line per layer.
Status write_table(const std::string& file, Json table, const std::vector<Json>& layers) {
  std::string text = table.dump();
  text.pop_back();
  text += ",\"layers\":[";
  const char* separator = "\n";
  for (const Json& layer : layers) {
    text += separator + layer.dump(-1, ' ', false, Json::error_handler_t::replace);
    separator = ",\n";
  }
  text += "\n]}\n";
  return runtime::write_file(file, std::as_bytes(std::span(text)));
}

Result<std::vector<KernelLayer>> all_layers(const Program& program, const CompileOptions& options,
                                            const tuner::DeviceParameters& device) {
  const Isa cap = options.isa.value_or(runtime::best_isa());
  TILEWRIGHT_TRY(KernelLayers all, kernel_layers(program, runtime::isas_up_to(cap), device));
  for (KernelLayer& layer : all.layers)
    set_threads(layer, options.threads);
  return std::move(all.layers);
}

Result<Outcome> record(const CommonOptions& common, const RecordArguments& arguments) {
  const auto begin = std::chrono::steady_clock::now();
  TILEWRIGHT_TRY(const Model model, load_model(common));
  TILEWRIGHT_TRY(const CompileOptions options, compile_options(common));
  const Program program = lower(model.graph());
  const tuner::DeviceParameters device = measured_device();
  TILEWRIGHT_TRY(std::vector<KernelLayer> layers, all_layers(program, options, device));
  const std::int64_t network_weights_bytes = weights_bytes(layers);
  // Some leave no choice.
  std::erase_if(layers, [](const KernelLayer& layer) { return layer.candidates.size() < 2; });
  KernelMeasurer measurer(layers, network_weights_bytes, options.threads);
  std::vector<LayerRecord> records;
  std::size_t candidates = 0;
  for (const KernelLayer& layer : layers) {
    records.push_back({Samples(layer.candidates.size()), {}});
    candidates += layer.candidates.size();
  }
  std::mt19937_64 random(arguments.seed);
  for (int round = 0; round < arguments.rounds; ++round) {
    for (std::size_t i = 0; i < layers.size(); ++i)
      TILEWRIGHT_RETURN_IF_ERROR(record_round(measurer, i, random, records[i]));
  }
  std::vector<Json> rows;
  for (std::size_t i = 0; i < layers.size(); ++i)
    rows.push_back(layer_json(layers[i], records[i]));
  const Json table = {{"format", "tilewright-table"},
                      {"version", 1},
                      {"cpu", runtime::cpu_fingerprint()},
                      {"device", device_json(device)},
                      {"isa", to_string(options.isa.value_or(runtime::best_isa()))},
                      {"threads", options.threads}};
  TILEWRIGHT_RETURN_IF_ERROR(write_table(arguments.output, table, rows));
  return Outcome{"table of " + std::to_string(layers.size()) + " layers and " +
                     std::to_string(candidates) + " candidates written to " + arguments.output +
                     "\n",
                 {{"output", arguments.output},
                  {"layers", layers.size()},
                  {"candidates", candidates},
                  {"record_ms", ms_since(begin)}},
                 kExitDone};
}

}  // namespace

void add_record(CLI::App& app, CommonOptions& common, Run& run) {
  CLI::App* command = add_command(app, common, "record",
                                  "Times every kernel of every layer and keeps the raw samples",
                                  "tilewright record model.tflite -o table.json --rounds 8");
  add_machine_options(*command, common);
  auto arguments = std::make_shared<RecordArguments>();
  command->add_option("-o,--output", arguments->output, "Table file to write")->required();
  command->add_option("--rounds", arguments->rounds, "Samples of every candidate")
      ->transform(whole_number(1, 1000))
      ->capture_default_str();
  command->add_option("--seed", arguments->seed, "Seed of the order within a round")
      ->transform(whole_number(0, std::numeric_limits<std::uint64_t>::max()))
      ->capture_default_str();
  command->callback(
      [&, arguments] { run = [&common, arguments] { return record(common, *arguments); }; });
}

}  // namespace tilewright::tool
