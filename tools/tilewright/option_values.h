// SPDX-License-Identifier: Apache-2.0
// What values of options must look like, checked while the command line is read, so that a wrong
// one is a usage error: "--threads: expected a whole number from 1 to 64, got '0'".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "tilewright/model.h"
#include "tilewright/platform.h"
#include "tilewright/status.h"

namespace tilewright::tool {

/// Whole numbers in decimal form from `min` to `max`.
[[nodiscard]] CLI::Validator whole_number(std::uint64_t min, std::uint64_t max);

/// Time for tuning in milliseconds: from the least that the tuner accepts to a day; 0 as well if
/// `may_be_none`.
[[nodiscard]] CLI::Validator tuning_budget(bool may_be_none);

/// Finite numbers from `min` to `max`.
[[nodiscard]] CLI::Validator number(double min, double max);

/// One of `names`.
[[nodiscard]] CLI::Validator one_of(std::vector<std::string> names);

/// `NAME=1x3x48x320`, split at the last `=`. Errors: InvalidArgument, without the option's name.
[[nodiscard]] Result<InputShape> parse_shape(const std::string& text);
[[nodiscard]] CLI::Validator input_shape();

/// `NAME=FILE.npy`, split at the last `=`; neither part is empty.
[[nodiscard]] CLI::Validator input_file_name();

/// Names of all instruction sets, those that this machine lacks included.
[[nodiscard]] std::vector<std::string> isa_names();
/// `name` is one of `isa_names`.
[[nodiscard]] Isa parse_isa(const std::string& name);

}  // namespace tilewright::tool
