// SPDX-License-Identifier: Apache-2.0
#include "scheduler/problem_file.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include "scheduler/problem_file_guard.h"
#include "scheduler/problem_file_json.h"

namespace tilewright::scheduler {
namespace {

using Document = nlohmann::json;

/// A value of the file and the path that leads to it.
struct Field {
  const Document& value;
  std::string path;

  [[nodiscard]] Error error(const std::string& expected) const {
    const std::string got = value.is_structured() ? value.type_name() : value.dump();
    return {ErrorCode::InvalidModel, "problem: " + (path.empty() ? "" : path + ": ") + "expected " +
                                         expected + ", got " + got.substr(0, 60)};
  }
  [[nodiscard]] Field at(std::size_t i) const {
    return {value[i], path + "[" + std::to_string(i) + "]"};
  }
};

class Object {
 public:
  /// Errors: InvalidModel if `field` is no object or has a key that is not in `keys`.
  static Result<Object> open(const Field& field, std::initializer_list<std::string_view> keys) {
    if (!field.value.is_object()) return field.error("an object");
    for (const auto& [key, value] : field.value.items()) {
      if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
      return Error{ErrorCode::InvalidModel, "problem: " + prefix(field.path) + key +
                                                ": expected a key of the format, got another"};
    }
    return Object(field);
  }

  [[nodiscard]] bool has(const char* key) const { return value_->contains(key); }

  /// Errors: InvalidModel if the key is absent.
  [[nodiscard]] Result<Field> get(const char* key) const {
    if (has(key)) return Field{*value_->find(key), prefix(path_) + key};
    return Error{ErrorCode::InvalidModel,
                 "problem: " + prefix(path_) + key + ": expected a value, got none"};
  }

 private:
  explicit Object(const Field& field) : value_(&field.value), path_(field.path) {}
  static std::string prefix(const std::string& path) { return path.empty() ? "" : path + "."; }

  const Document* value_;
  std::string path_;
};

Status read(const Field& field, std::string& text) {
  if (!field.value.is_string()) return field.error("text");
  text = *field.value.get_ptr<const std::string*>();
  return ok();
}

Status read(const Field& field, bool& flag) {
  if (!field.value.is_boolean()) return field.error("true or false");
  flag = field.value.get<bool>();
  return ok();
}

Status read(const Field& field, std::int64_t& number) {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!field.value.is_number_unsigned() || field.value.get<std::uint64_t>() > kMax) {
    return field.error("a whole number from 0 to " + std::to_string(kMax));
  }
  number = field.value.get<std::int64_t>();
  return ok();
}

Status read(const Field& field, double& number) {
  if (!field.value.is_number()) return field.error("a number");
  number = field.value.get<double>();
  return ok();
}

Status read(const Field& field, std::optional<std::int64_t>& number) {
  std::int64_t value = 0;
  TILEWRIGHT_RETURN_IF_ERROR(read(field, value));
  number = value;
  return ok();
}

Status read(const Field& field, Residency& residency) {
  std::string name;
  TILEWRIGHT_RETURN_IF_ERROR(read(field, name));
  if (name != "granules" && name != "whole") return field.error("\"granules\" or \"whole\"");
  residency = name == "granules" ? Residency::Granules : Residency::Whole;
  return ok();
}

Status read(const Field& field, Execution& execution) {
  std::string name;
  TILEWRIGHT_RETURN_IF_ERROR(read(field, name));
  if (name != "full" && name != "streaming") return field.error("\"full\" or \"streaming\"");
  execution = name == "full" ? Execution::Full : Execution::Streaming;
  return ok();
}

Status read(const Field& field, OperandPlace& place) {
  std::string name;
  TILEWRIGHT_RETURN_IF_ERROR(read(field, name));
  if (name != "one_bank" && name != "fast") return field.error("\"one_bank\" or \"fast\"");
  place = name == "fast" ? OperandPlace::Fast : OperandPlace::OneBank;
  return ok();
}

template <typename Id>
Status read_id(const Field& field, Id& id) {
  std::int64_t number = 0;
  TILEWRIGHT_RETURN_IF_ERROR(read(field, number));
  if (number > std::numeric_limits<std::uint32_t>::max()) return field.error("an id");
  id = static_cast<Id>(number);
  return ok();
}

Status read(const Field& field, StorageId& id) {
  return read_id(field, id);
}
Status read(const Field& field, OpId& id) {
  return read_id(field, id);
}

Status read(const Field& field, InPlacePair& pair) {
  if (!field.value.is_array() || field.value.size() != 2) return field.error("[read, write]");
  TILEWRIGHT_RETURN_IF_ERROR(read(field.at(0), pair.read));
  return read(field.at(1), pair.write);
}

Status read(const Field& field, Storage& storage);
Status read(const Field& field, Op& op);
Status read(const Field& field, Bank& bank);

template <typename T>
Status read(const Field& field, std::vector<T>& list) {
  if (!field.value.is_array()) return field.error("a list");
  list.resize(field.value.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    TILEWRIGHT_RETURN_IF_ERROR(read(field.at(i), list[i]));
  }
  return ok();
}

template <typename T>
Status read_required(const Object& object, const char* key, T& value) {
  TILEWRIGHT_TRY(const Field field, object.get(key));
  return read(field, value);
}

template <typename T>
Status read_optional(const Object& object, const char* key, T& value) {
  if (!object.has(key)) return ok();
  return read_required(object, key, value);
}

Status read(const Field& field, Storage& storage) {
  TILEWRIGHT_TRY(const Object object, Object::open(field, {"name", "bytes", "input", "output",
                                                           "constant", "fast", "offset", "place"}));
  TILEWRIGHT_RETURN_IF_ERROR(read_optional(object, "name", storage.name));
  TILEWRIGHT_RETURN_IF_ERROR(read_required(object, "bytes", storage.bytes));
  TILEWRIGHT_RETURN_IF_ERROR(read_optional(object, "input", storage.input));
  TILEWRIGHT_RETURN_IF_ERROR(read_optional(object, "output", storage.output));
  TILEWRIGHT_RETURN_IF_ERROR(read_optional(object, "constant", storage.constant));
  TILEWRIGHT_RETURN_IF_ERROR(read_optional(object, "fast", storage.fast));
  TILEWRIGHT_RETURN_IF_ERROR(read_optional(object, "offset", storage.offset));
  return read_optional(object, "place", storage.place);
}

Status read(const Field& field, Op& op) {
  TILEWRIGHT_TRY(const Object object,
                 Object::open(field, {"name", "reads", "writes", "after", "scratch_bytes",
                                      "in_place", "compute_us"}));
  TILEWRIGHT_RETURN_IF_ERROR(read_optional(object, "name", op.name));
  TILEWRIGHT_RETURN_IF_ERROR(read_optional(object, "reads", op.reads));
  TILEWRIGHT_RETURN_IF_ERROR(read_optional(object, "writes", op.writes));
  TILEWRIGHT_RETURN_IF_ERROR(read_optional(object, "after", op.after));
  TILEWRIGHT_RETURN_IF_ERROR(read_optional(object, "scratch_bytes", op.scratch_bytes));
  TILEWRIGHT_RETURN_IF_ERROR(read_optional(object, "compute_us", op.compute_us));
  return read_optional(object, "in_place", op.in_place);
}

Status read(const Field& field, Bank& bank) {
  TILEWRIGHT_TRY(const Object object, Object::open(field, {"name", "bytes", "read_bytes_per_us",
                                                           "write_bytes_per_us", "granule_bytes"}));
  TILEWRIGHT_RETURN_IF_ERROR(read_optional(object, "name", bank.name));
  TILEWRIGHT_RETURN_IF_ERROR(read_required(object, "bytes", bank.bytes));
  TILEWRIGHT_RETURN_IF_ERROR(read_required(object, "read_bytes_per_us", bank.read_bytes_per_us));
  TILEWRIGHT_RETURN_IF_ERROR(read_required(object, "write_bytes_per_us", bank.write_bytes_per_us));
  return read_optional(object, "granule_bytes", bank.granule_bytes);
}

Status check_header(const Object& object) {
  TILEWRIGHT_TRY(const Field format, object.get("format"));
  if (format.value != "tilewright-problem") return format.error("\"tilewright-problem\"");
  TILEWRIGHT_TRY(const Field version, object.get("version"));
  if (!version.value.is_number_unsigned() || version.value != 1) return version.error("1");
  return ok();
}

Result<Problem> read_root(const Document& json) {
  TILEWRIGHT_TRY(const Object object,
                 Object::open(Field{json, ""}, {"format", "version", "alignment", "storages", "ops",
                                                "memory_limit", "banks", "execution", "stage_bytes",
                                                "residency", "stream_constants", "steady_state"}));
  TILEWRIGHT_RETURN_IF_ERROR(check_header(object));
  Problem problem;
  TILEWRIGHT_RETURN_IF_ERROR(read_optional(object, "alignment", problem.alignment_bytes));
  TILEWRIGHT_RETURN_IF_ERROR(read_required(object, "storages", problem.storages));
  TILEWRIGHT_RETURN_IF_ERROR(read_required(object, "ops", problem.ops));
  TILEWRIGHT_RETURN_IF_ERROR(read_optional(object, "memory_limit", problem.memory_limit_bytes));
  TILEWRIGHT_RETURN_IF_ERROR(read_optional(object, "banks", problem.banks));
  TILEWRIGHT_RETURN_IF_ERROR(read_optional(object, "execution", problem.execution));
  TILEWRIGHT_RETURN_IF_ERROR(read_optional(object, "stage_bytes", problem.stage_bytes));
  TILEWRIGHT_RETURN_IF_ERROR(read_optional(object, "residency", problem.residency));
  TILEWRIGHT_RETURN_IF_ERROR(read_optional(object, "stream_constants", problem.stream_constants));
  TILEWRIGHT_RETURN_IF_ERROR(read_optional(object, "steady_state", problem.steady_state));
  return problem;
}

}  // namespace

Result<Problem> read_problem(std::string_view text) {
  if (text.size() > kMaxProblemFileBytes) {
    return Error{ErrorCode::ResourceExhausted, "problem: expected at most " +
                                                   std::to_string(kMaxProblemFileBytes) +
                                                   " bytes, got " + std::to_string(text.size())};
  }
  TILEWRIGHT_RETURN_IF_ERROR(guard_json("problem", text, kMaxProblemFileDepth));
  const Document json = Document::parse(text, nullptr, false);
  TILEWRIGHT_TRY(Problem problem, read_root(json));
  if (Status status = check_problem(problem); !status) {
    return Error{status.error().code, "problem: " + status.error().message};
  }
  return problem;
}

std::string write_problem(const Problem& problem) {
  return json_text(problem_json(problem));
}

}  // namespace tilewright::scheduler
