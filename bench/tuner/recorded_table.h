// SPDX-License-Identifier: Apache-2.0
// A table that `tilewright record` wrote: raw times of every candidate of every layer of a network.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tilewright/status.h"

#include "lib/tuning_layers.h"

namespace tilewright::bench {

/// One layer, with the candidates that this build and the table both know.
struct RecordedLayer {
  ProgramOp op;
  tuner::Layer layer;                        // as the tuner sees it here
  std::vector<std::vector<double>> seconds;  // a row per candidate, a sample per round
};

struct RecordedTable {
  std::string name;                // of the file
  tuner::DeviceParameters device;  // that the analytic times are for
  std::vector<RecordedLayer> layers;
};

/// Reads a table; the analytic times and features of its candidates are those of this build for
/// `device`, else for the device that the table was recorded on. Tables that do not tell it are
/// read with the cost model's defaults.
///
/// Errors: NotFound; InvalidArgument, for what is no table, or one with numbers that cannot be.
[[nodiscard]] Result<RecordedTable> read_table(
    const std::string& path, const std::optional<tuner::DeviceParameters>& device = std::nullopt);

/// What is known of `device` where nothing is measured: its caches, and usual rates. What runs
/// untuned there is chosen by these (`assumed_device`).
[[nodiscard]] tuner::DeviceParameters unmeasured(const tuner::DeviceParameters& device);

/// Of a row, the median of the samples of odd rounds (`parity` 1) or even ones (0): what a choice
/// is scored by, and what it may be made by.
[[nodiscard]] double median_seconds(const std::vector<double>& row, std::size_t parity);

}  // namespace tilewright::bench
