// SPDX-License-Identifier: Apache-2.0
#include "tools/tilewright/option_values.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "lib/tune_model.h"
#include "tools/tilewright/table.h"

namespace tilewright::tool {
namespace {

constexpr std::uint64_t kMaxBudgetMs = 24ULL * 3600 * 1000;
constexpr Isa kIsas[] = {Isa::Portable,      Isa::X86Baseline, Isa::X86Avx2,     Isa::X86Avx512,
                         Isa::X86Avx512Vnni, Isa::Arm64Neon,   Isa::Arm64Dotprod};

std::string expected(const std::string& what, const std::string& got) {
  return "expected " + what + ", got '" + got + "'";
}

/// The number that is all of `text`.
template <typename Number>
std::optional<Number> parse_all(const std::string& text) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

CLI::Validator whole_number(std::uint64_t min, std::uint64_t max, bool may_be_zero) {
  const std::string what = std::string(may_be_zero ? "0 or " : "") + "a whole number from " +
                           std::to_string(min) + " to " + std::to_string(max);
  const auto check = [=](std::string& text) -> std::string {
    const auto value = parse_all<std::uint64_t>(text);
    const bool fits = value && ((may_be_zero && *value == 0) || (*value >= min && *value <= max));
    if (!fits) return expected(what, text);
    text = std::to_string(*value);  // CLI11 would read 010 as octal
    return "";
  };
  return {check, ""};
}

}  // namespace

CLI::Validator whole_number(std::uint64_t min, std::uint64_t max) {
  return whole_number(min, max, false);
}

CLI::Validator tuning_budget(bool may_be_none) {
  return whole_number(kMinTuningBudgetMs, kMaxBudgetMs, may_be_none);
}

CLI::Validator number(double min, double max) {
  const std::string what =
      "a number from " + format_number(min, 0) + " to " + format_number(max, 0);
  const auto check = [=](const std::string& text) -> std::string {
    const auto value = parse_all<double>(text);
    return value && *value >= min && *value <= max ? "" : expected(what, text);
  };
  return {check, ""};
}

CLI::Validator one_of(std::vector<std::string> names) {
  const auto check = [names = std::move(names)](const std::string& text) -> std::string {
    if (std::find(names.begin(), names.end(), text) != names.end()) return "";
    return expected("one of " + CLI::detail::join(names, ", "), text);
  };
  return {check, ""};
}

Result<InputShape> parse_shape(const std::string& text) {
  const Error error{ErrorCode::InvalidArgument, expected("NAME=1x3x48x320", text)};
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0) return error;
  std::vector<std::int64_t> dims;
  for (const std::string& dim : CLI::detail::split(text.substr(equals + 1), 'x')) {
    const auto value = parse_all<std::int64_t>(dim);
    if (!value || *value < 1 || dims.size() == kMaxRank) return error;
    dims.push_back(*value);
  }
  if (text.back() == 'x') return error;
  const Shape shape{std::span<const std::int64_t>(dims)};
  TILEWRIGHT_RETURN_IF_ERROR(check_shape(shape));
  return InputShape{text.substr(0, equals), shape};
}

CLI::Validator input_shape() {
  const auto check = [](const std::string& text) -> std::string {
    const Result<InputShape> shape = parse_shape(text);
    return shape ? "" : shape.error().message;
  };
  return {check, ""};
}

CLI::Validator input_file_name() {
  const auto check = [](const std::string& text) -> std::string {
    const std::size_t equals = text.rfind('=');
    const bool has_both = equals != std::string::npos && equals != 0 && equals + 1 != text.size();
    return has_both ? "" : expected("NAME=FILE.npy", text);
  };
  return {check, ""};
}

std::vector<std::string> isa_names() {
  std::vector<std::string> names;
  for (const Isa isa : kIsas)
    names.emplace_back(to_string(isa));
  return names;
}

Isa parse_isa(const std::string& name) {
  return *std::find_if(std::begin(kIsas), std::end(kIsas),
                       [&](Isa isa) { return name == to_string(isa); });
}

}  // namespace tilewright::tool
