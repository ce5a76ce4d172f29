// SPDX-License-Identifier: Apache-2.0
// Plan files of the fuzz corpus reach the checks behind the header: files of an older version, or
// of kernels that are gone, would all be refused at once and fuzz nothing.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "runtime/cpu_features.h"
#include "runtime/file_io.h"
#include "runtime/plan_file.h"
#include "tests/fuzz/sealed_plan.h"

namespace tilewright::tests {
namespace {

constexpr std::size_t kVersionAt = 8;

struct CorpusFile {
  std::string name;
  std::vector<std::byte> bytes;
};

std::vector<CorpusFile> plan_corpus() {
  std::vector<CorpusFile> files;
  const std::filesystem::path folder = TILEWRIGHT_SOURCE_DIR "/tests/fuzz/corpus/plan_file";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    auto bytes = runtime::read_file(entry.path().string(), std::int64_t{1} << 20);
    REQUIRE(bytes);
    seal_plan(*bytes);
    files.push_back({entry.path().filename().string(), *std::move(bytes)});
  }
  return files;
}

Result<std::shared_ptr<const runtime::FlatPlan>> read(const std::vector<std::byte>& bytes) {
  return runtime::read_plan(bytes, nullptr, ~runtime::IsaMask{0});
}

}  // namespace

TEST_CASE("plan files of the fuzz corpus are of this version, and their kernels of this build") {
  const std::vector<CorpusFile> files = plan_corpus();
  CHECK(files.size() >= 9);
  for (const CorpusFile& file : files) {
    CAPTURE(file.name);
    const auto plan = read(file.bytes);
    CHECK((plan ? std::string() : plan.error().message) == "");
  }
}

TEST_CASE("a plan file of an older version is told by it") {
  for (CorpusFile& file : plan_corpus()) {
    file.bytes[kVersionAt] = std::byte{runtime::kPlanFileVersion - 1};
    const auto plan = read(file.bytes);
    REQUIRE_FALSE(plan);
    CHECK(plan.error().code == ErrorCode::Unsupported);
    CHECK(plan.error().message.find("expected file version") != std::string::npos);
  }
}

}  // namespace tilewright::tests
