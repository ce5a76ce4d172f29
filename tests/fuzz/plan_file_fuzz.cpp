// SPDX-License-Identifier: Apache-2.0
// Any bytes are either refused or a plan that runs inside its own memory.
//
// The hash of the build and the checksum are made right first.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tilewright/session.h"

#include "runtime/plan_file.h"
#include "tests/fuzz/sealed_plan.h"

namespace {

// What fits runs in no time.
constexpr std::int64_t kMaxArenaBytes = 1 << 18;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace tilewright;
  const auto raw = std::as_bytes(std::span(bytes, size));
  std::vector<std::byte> file(raw.begin(), raw.end());
  tests::seal_plan(file);
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
