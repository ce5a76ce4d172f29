// SPDX-License-Identifier: Apache-2.0
// Any bytes are either refused or a plan that runs inside its own memory.
//
// The hash of the build and the checksum are made right first, so that the corpus outlives a build
// and changes reach the checks behind them.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "tilewright/session.h"

#include "kernels/registry.h"
#include "runtime/bytes.h"
#include "runtime/plan_file.h"

namespace {

constexpr std::size_t kBuildHashAt = 16;
constexpr std::size_t kStructureBytesAt = 24;
constexpr std::size_t kChecksumAt = 32;
constexpr std::size_t kStructureAt = 48;
// What fits runs in no time.
constexpr std::int64_t kMaxArenaBytes = 1 << 18;

void put(std::vector<std::byte>& file, std::size_t at, std::uint64_t value) {
  std::memcpy(file.data() + at, &value, sizeof value);
}

void seal(std::vector<std::byte>& file) {
  if (file.size() < kStructureAt) return;
  put(file, kBuildHashAt, tilewright::kernels::build_hash());
  std::uint64_t structure_bytes = 0;
  std::memcpy(&structure_bytes, file.data() + kStructureBytesAt, sizeof structure_bytes);
  if (structure_bytes > file.size() - kStructureAt) return;
  const auto structure =
      std::span(file).subspan(kStructureAt, static_cast<std::size_t>(structure_bytes));
  put(file, kChecksumAt, tilewright::runtime::checksum(structure));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace tilewright;
  const auto raw = std::as_bytes(std::span(bytes, size));
  std::vector<std::byte> file(raw.begin(), raw.end());
  seal(file);
  const auto plan = Plan::load(file);
  if (!plan) {
    TILEWRIGHT_CHECK(!plan.error().message.empty());
    return 0;
  }
  const auto again = Plan::load(runtime::write_plan(plan->flat()));
  TILEWRIGHT_CHECK(again.has_value());
  if (plan->requirements().arena_bytes > kMaxArenaBytes) return 0;
  auto session = Session::create(*plan, {.threads = 1});
  TILEWRIGHT_CHECK(session.has_value());
  TILEWRIGHT_CHECK(session->run().has_value());
  return 0;
}
