// SPDX-License-Identifier: Apache-2.0
#include "bench/tuner/known_layers.h"

#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "lib/tuner/device_numbers.h"
#include "lib/tuner/statistics.h"

namespace tilewright::bench {
namespace {

LayerPlace place_of(const ProgramOp& op) {
  const auto count = [](const Shape& shape) { return static_cast<double>(shape.elements()); };
  const double columns = static_cast<double>(op.dst.spec.shape.last());
  const double pixels = count(op.dst.spec.shape) / columns;
  const bool has_filter = op.src.size() > 1 && op.src[1].constant;
  const double depth = has_filter ? count(op.src[1].spec.shape) / columns : 1;
  const double from =
      count(op.src[0].spec.shape) / static_cast<double>(op.src[0].spec.shape.last());
  return {std::log2(pixels) / 3, std::log2(columns) / 3, std::log2(depth) / 3,
          std::log2(from / pixels) / 3};
}

/// Numbers kernels and families over all layers; a layer alone numbers its own.
class Names {
 public:
  void apply(tuner::Candidate& candidate) {
    const std::string kernel = candidate.name.substr(0, candidate.name.find('/'));
    const std::string family = kernel.substr(0, kernel.find('_'));
    candidate.variant_id = number(kernels_, kernel);
    candidate.categories.layout = static_cast<std::uint16_t>(number(families_, family));
  }

 private:
  using Numbers = std::map<std::string, std::uint32_t>;
  static std::uint32_t number(Numbers& numbers, const std::string& name) {
    return numbers.emplace(name, static_cast<std::uint32_t>(numbers.size())).first->second;
  }
  Numbers kernels_, families_;
};

bool is_rate(const std::string& name) {
  return !name.ends_with("l1_bytes") && !name.ends_with("l2_bytes") && !name.ends_with("l3_bytes");
}

/// `device` with one of its rates, counted from 0, times `factor`; none if there are not as many.
std::optional<tuner::DeviceParameters> with_rate(tuner::DeviceParameters device, std::size_t index,
                                                 double factor) {
  bool is_found = false;
  std::size_t next = 0;
  tuner::for_each_number(device, [&](const std::string& name, double& number) {
    if (!is_rate(name) || next++ != index) return;
    number *= factor;
    is_found = true;
  });
  if (!is_found) return std::nullopt;
  return device;
}

double analytic_or(const tuner::Layer& layer, const std::string& name, double otherwise) {
  const auto found = tuner::find_candidate(layer, name);
  return found ? layer.candidates[*found].analytic_log_seconds : otherwise;
}

/// Appends a slope to every candidate of `layers`, which are those of the table at `path`.
Status add_slopes(const std::string& path, const tuner::DeviceParameters& device,
                  std::span<KnownLayer> layers) {
  constexpr double kFactor = 1.2;
  for (std::size_t rate = 0; const auto faster = with_rate(device, rate, kFactor); ++rate) {
    TILEWRIGHT_TRY(const RecordedTable fast, read_table(path, faster));
    TILEWRIGHT_TRY(const RecordedTable slow,
                   read_table(path, with_rate(device, rate, 1 / kFactor)));
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const std::vector<tuner::Candidate>& candidates = layers[i].recorded.layer.candidates;
      for (std::size_t c = 0; c < candidates.size(); ++c) {
        const double here = candidates[c].analytic_log_seconds;
        const double up = analytic_or(fast.layers[i].layer, candidates[c].name, here);
        const double down = analytic_or(slow.layers[i].layer, candidates[c].name, here);
        layers[i].slopes[c].push_back((up - down) / (2 * std::log(kFactor)));
      }
    }
  }
  return ok();
}

}  // namespace

Result<std::vector<KnownLayer>> read_layers(std::span<const std::string> tables) {
  std::vector<KnownLayer> layers;
  Names names;
  for (std::size_t network = 0; network < tables.size(); ++network) {
    TILEWRIGHT_TRY(RecordedTable table, read_table(tables[network]));
    const std::size_t first = layers.size();
    for (RecordedLayer& recorded : table.layers) {
      KnownLayer known{.network = network, .place = place_of(recorded.op)};
      for (std::size_t c = 0; c < recorded.seconds.size(); ++c) {
        tuner::Candidate& candidate = recorded.layer.candidates[c];
        names.apply(candidate);
        known.residuals.push_back(std::log(tuner::median(recorded.seconds[c])) -
                                  candidate.analytic_log_seconds);
      }
      known.slopes.resize(recorded.seconds.size());
      known.recorded = std::move(recorded);
      layers.push_back(std::move(known));
    }
    TILEWRIGHT_RETURN_IF_ERROR(
        add_slopes(tables[network], table.device, std::span(layers).subspan(first)));
  }
  return layers;
}

}  // namespace tilewright::bench
