// SPDX-License-Identifier: Apache-2.0
// A plan survives its file; a broken file is refused, or is a plan that stays in its memory.
#include "runtime/plan_file.h"

#include <cstring>
#include <filesystem>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "runtime/bytes.h"
#include "tests/lib/network_run.h"

namespace tilewright::runtime {
namespace {

using Catch::Matchers::ContainsSubstring;
using tests::Bytes;

constexpr std::size_t kBuildHashAt = 16;
constexpr std::size_t kStructureBytesAt = 24;
constexpr std::size_t kChecksumAt = 32;
constexpr std::size_t kStructureAt = 48;

std::size_t structure_bytes(const Bytes& file) {
  std::uint64_t size = 0;
  std::memcpy(&size, &file[kStructureBytesAt], sizeof size);
  return static_cast<std::size_t>(size);
}

/// The file with the checksum that its structure needs.
Bytes sealed(Bytes file) {
  const std::uint64_t sum = checksum(std::span(file).subspan(kStructureAt, structure_bytes(file)));
  std::memcpy(&file[kChecksumAt], &sum, sizeof sum);
  return file;
}

Bytes small_plan(const CompileOptions& options = {}) {
  return write_plan(tests::compiled(tests::small_network(), options).plan.flat());
}

std::string refusal(const Bytes& file, ErrorCode code) {
  const auto plan = Plan::load(file);
  if (plan) return "";
  CHECK(plan.error().code == code);
  return plan.error().message;
}

/// Runs what was read, if it was: no plan that passes leaves its memory.
void load_and_run(const Bytes& file) {
  const auto plan = Plan::load(file);
  if (!plan) {
    CHECK_FALSE(plan.error().message.empty());
    return;
  }
  Session session = tests::session_of(*plan, {.threads = 1});
  CHECK(session.run());
}

}  // namespace

TEST_CASE("a plan from a file, or from memory, gives the same bits") {
  const graph::Graph graph = tests::small_network();
  const Plan plan = tests::compiled(graph, {.threads = 2}).plan;
  const auto inputs = graph::tests::random_inputs(graph, 8);
  const auto expected = tests::outputs_of(plan, inputs);
  const std::string path =
      (std::filesystem::temp_directory_path() / "tilewright_plan_file_test.plan").string();
  REQUIRE(plan.save(path));
  const auto mapped = Plan::load(path);
  REQUIRE(mapped);
  CHECK(tests::outputs_of(*mapped, inputs) == expected);
  std::filesystem::remove(path);
  const auto copied = Plan::load(write_plan(plan.flat()));
  REQUIRE(copied);
  CHECK(tests::outputs_of(*copied, inputs) == expected);
  CHECK(copied->inputs() == plan.inputs());
  CHECK(copied->outputs() == plan.outputs());
  CHECK(copied->requirements().arena_bytes == plan.requirements().arena_bytes);
  CHECK(copied->requirements().packed_weight_bytes == plan.requirements().packed_weight_bytes);
  CHECK(copied->memory().jointly_optimal == plan.memory().jointly_optimal);
  CHECK(copied->memory().peak_lower_bound_bytes == plan.memory().peak_lower_bound_bytes);
}

TEST_CASE("a plan is written as it was read") {
  const Bytes file = small_plan();
  const auto plan = Plan::load(file);
  REQUIRE(plan);
  CHECK(write_plan(plan->flat()) == file);
}

TEST_CASE("the same model and options give the same bytes") {
  CHECK(small_plan() == small_plan());
  CHECK(small_plan({.threads = 3}) == small_plan({.threads = 3}));
  CHECK(small_plan({.threads = 3}) != small_plan());
}

TEST_CASE("a plan that is not there is not found") {
  const auto plan = Plan::load(std::string("/nonexistent/of.plan"));
  REQUIRE_FALSE(plan);
  CHECK(plan.error().code == ErrorCode::NotFound);
}

TEST_CASE("files of other kinds, versions and builds are refused") {
  CHECK(refusal(Bytes(100), ErrorCode::InvalidModel) ==
        "plan: expected a plan file, got other bytes");
  Bytes version = small_plan();
  version[8] = std::byte{9};
  CHECK(refusal(version, ErrorCode::Unsupported) == "plan: expected file version 5.1, got 9.1");
  Bytes build = small_plan();
  build[kBuildHashAt] ^= std::byte{1};
  CHECK(refusal(build, ErrorCode::Unsupported) ==
        "plan: expected the kernels of this build, got those of another; compile again");
}

TEST_CASE("a plan with a kernel that this build lacks is refused") {
  Bytes file = small_plan({.isa = Isa::Portable});
  const std::string name = "conv2d_reference";
  const auto raw = std::as_bytes(std::span(name));
  const auto at = std::search(file.begin(), file.end(), raw.begin(), raw.end());
  REQUIRE(at != file.end());
  *at = std::byte{'k'};
  CHECK(refusal(sealed(file), ErrorCode::Unsupported) ==
        "plan: step 'stem': expected a kernel of this build, got 'konv2d_reference'");
}

TEST_CASE("a plan for an instruction set that the machine lacks is refused") {
  const Plan plan = tests::compiled(tests::small_network()).plan;
  const Bytes file = write_plan(plan.flat());
  const auto arena = std::make_shared<graph::Constant>(graph::copy_constant(file));
  CHECK(read_plan(arena->bytes, arena));
  const auto portable_only = read_plan(arena->bytes, arena, bit(Isa::Portable));
  REQUIRE_FALSE(portable_only);
  CHECK(portable_only.error().code == ErrorCode::Unsupported);
  CHECK(portable_only.error().message == std::string("plan: step 'stem': expected a CPU with ") +
                                             to_string(plan.flat().steps[0].kernel->isa) +
                                             ", got one without");
}

TEST_CASE("a plan cut short is refused") {
  const Bytes file = small_plan();
  for (std::size_t size = 0; size < file.size(); ++size)
    REQUIRE_FALSE(Plan::load(std::span(file).first(size)));
  Bytes longer = file;
  longer.push_back(std::byte{0});
  CHECK_FALSE(Plan::load(longer));
}

TEST_CASE("a structure cut short is refused even under its checksum") {
  const Bytes file = small_plan();
  const std::size_t whole = structure_bytes(file);
  for (std::size_t size = 0; size < whole; ++size) {
    Bytes cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(kStructureAt + size));
    const std::uint64_t claimed = size;
    std::memcpy(&cut[kStructureBytesAt], &claimed, sizeof claimed);
    cut.resize((cut.size() + 63) / 64 * 64);
    const std::size_t constants = (kStructureAt + whole + 63) / 64 * 64;
    cut.insert(cut.end(), file.begin() + static_cast<std::ptrdiff_t>(constants), file.end());
    REQUIRE_FALSE(Plan::load(sealed(cut)));
  }
}

TEST_CASE("a changed structure is seen by the checksum") {
  Bytes file = small_plan();
  file[kStructureAt + 100] ^= std::byte{4};
  CHECK(refusal(file, ErrorCode::InvalidModel) ==
        "plan: expected the checksum of its structure, got a damaged file");
}

TEST_CASE("a header with a changed byte is refused") {
  const Bytes file = small_plan();
  for (std::size_t at = 0; at < kStructureAt; ++at) {
    Bytes changed = file;
    changed[at] ^= std::byte{0x81};
    REQUIRE_FALSE(Plan::load(changed));
  }
}

TEST_CASE("a changed byte under the right checksum is refused or does no harm") {
  for (const CompileOptions& options :
       {CompileOptions{.threads = 2}, CompileOptions{.isa = Isa::Portable}}) {
    const Bytes file = small_plan(options);
    const std::size_t end = kStructureAt + structure_bytes(file);
    for (std::size_t at = kStructureAt; at < end; ++at) {
      for (const unsigned flipped : {0x01U, 0x80U, 0xFFU}) {
        Bytes changed = file;
        changed[at] ^= static_cast<std::byte>(flipped);
        load_and_run(sealed(std::move(changed)));
      }
    }
  }
}

}  // namespace tilewright::runtime
