// SPDX-License-Identifier: Apache-2.0
#include "tools/tilewright/memory_profile.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include <nlohmann/json.hpp>

#include "runtime/file_io.h"
#include "scheduler/problem_file.h"
#include "tools/tilewright/input_file.h"

namespace tilewright::tool {
namespace {

constexpr std::int64_t kMaxProfileBytes = 1 << 20;

/// Where profiles lie beside the program, in the build tree and once installed.
std::filesystem::path profile_folder() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  return program.parent_path().parent_path() / "share" / "tilewright" / "devices";
}

std::string profile_names() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(profile_folder(), error)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  std::string text;
  for (const std::string& name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "a path" : text;
}

Result<std::string> profile_path(const std::string& name) {
  if (name.find_first_of("./") != std::string::npos) return name;
  const std::filesystem::path path = profile_folder() / (name + ".json");
  std::error_code error;
  if (std::filesystem::exists(path, error)) return path.string();
  return Error{ErrorCode::NotFound,
               "--device: expected " + profile_names() + ", got '" + name + "'"};
}

/// The profile's text as that of a problem without storages and ops.
Result<std::string> problem_text(std::string_view text) {
  auto json = nlohmann::ordered_json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("format") || json["format"] != "tilewright-device") {
    return Error{ErrorCode::InvalidModel,
                 "device: expected an object of the format \"tilewright-device\", got another"};
  }
  for (const char* key : {"storages", "ops", "alignment", "memory_limit"}) {
    if (!json.contains(key)) continue;
    return Error{ErrorCode::InvalidModel,
                 std::string("device: ") + key + ": expected keys of a machine, got another"};
  }
  json["format"] = "tilewright-problem";
  json["storages"] = nlohmann::ordered_json::array();
  json["ops"] = nlohmann::ordered_json::array();
  return json.dump();
}

}  // namespace

Status apply_device(const std::string& name, scheduler::Problem& problem) {
  TILEWRIGHT_TRY(const std::string path, profile_path(name));
  TILEWRIGHT_TRY(const runtime::MappedFile file, runtime::map_file(path, kMaxProfileBytes));
  const std::string_view bytes(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
  const Result<std::string> text = problem_text(bytes);
  if (!text) return in_file(path, text.error());
  const Result<scheduler::Problem> profile = scheduler::read_problem(*text);
  if (!profile) return in_file(path, profile.error());
  problem.banks = profile->banks;
  problem.execution = profile->execution;
  problem.stage_bytes = profile->stage_bytes;
  problem.residency = profile->residency;
  problem.stream_constants = profile->stream_constants;
  problem.steady_state = profile->steady_state;
  return ok();
}

}  // namespace tilewright::tool
