// SPDX-License-Identifier: Apache-2.0
// Caches that several processes write, and that processes die over.
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "lib/tuner/cache.h"
#include "runtime/file_lock.h"
#include "tests/lib/tuner/child_process.h"
#include "tests/lib/tuner/temporary_folder.h"

namespace tilewright::tuner {
namespace {

TuningCache entry_of(int process, int number) {
  return {{{.op = "op " + std::to_string(process) + "." + std::to_string(number),
            .device = "d",
            .threads = 1,
            .build = "b"},
           {.candidate = "c", .log_seconds = -7, .samples = 1}}};
}

TEST_CASE("processes that save into one file at once lose nothing", "[tuner][cache]") {
  constexpr int kProcesses = 4;
  constexpr int kSaves = 25;
  const TemporaryFolder folder;
  const std::string path = folder.file("tune.json");
  std::vector<pid_t> children;
  for (int process = 0; process < kProcesses; ++process) {
    children.push_back(start_process([&] {
      for (int number = 0; number < kSaves; ++number) {
        if (!save_cache(entry_of(process, number), path)) ::_exit(1);
      }
    }));
  }
  for (const pid_t child : children)
    CHECK(ends_well(child));
  const LoadedCache loaded = load_cache(path);
  CHECK_FALSE(loaded.warning);
  CHECK(loaded.cache.size() == kProcesses * kSaves);
  CHECK(folder.file_count() == 1);
}

TEST_CASE("a process that is killed while it saves leaves a whole file", "[tuner][cache]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("tune.json");
  std::mt19937 random(7);
  std::size_t known = 0;
  for (int round = 0; round < 20; ++round) {
    const pid_t child = start_process([&] {
      for (int number = 0;; ++number)
        static_cast<void>(save_cache(entry_of(round, number), path));
    });
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    ::kill(child, SIGKILL);
    CHECK_FALSE(ends_well(child));
    const LoadedCache loaded = load_cache(path);
    CHECK_FALSE(loaded.warning);
    CHECK(loaded.cache.size() >= known);
    known = loaded.cache.size();
  }
  // Whoever died held the lock no longer than it lived.
  CHECK(save_cache(entry_of(100, 0), path));
  CHECK(load_cache(path).cache.size() == known + 1);
}

TEST_CASE("a lock keeps others out while it lives, and says so", "[tuner][cache]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("tune.json");
  {
    const auto lock = runtime::FileLock::of_folder(path, 0);
    REQUIRE(lock);
    const auto other = runtime::FileLock::of_folder(path, 10);
    REQUIRE_FALSE(other);
    CHECK(other.error().code == ErrorCode::ResourceExhausted);
  }
  CHECK(runtime::FileLock::of_folder(path, 0));
  const auto nowhere = runtime::FileLock::of_folder(folder.file("none/tune.json"), 0);
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().code == ErrorCode::NotFound);
}

}  // namespace
}  // namespace tilewright::tuner
