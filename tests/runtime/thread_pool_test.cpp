// SPDX-License-Identifier: Apache-2.0
// Every share of every job, once.
#include "runtime/thread_pool.h"

#include <array>

#include <catch2/catch_test_macros.hpp>

namespace tilewright::runtime {
namespace {

struct Job {
  std::array<std::atomic<int>, 64> done{};

  static void task(void* user, std::int32_t share) {
    ++static_cast<Job*>(user)->done[static_cast<std::size_t>(share)];
  }
  [[nodiscard]] bool each_once(std::int32_t shares) const {
    for (std::size_t i = 0; i < done.size(); ++i) {
      if (done[i] != (i < static_cast<std::size_t>(shares) ? 1 : 0)) return false;
    }
    return true;
  }
};

}  // namespace

TEST_CASE("a pool runs every share exactly once") {
  for (std::int32_t threads = 1; threads <= 8; ++threads) {
    ThreadPool pool(threads);
    for (const std::int32_t shares : {0, 1, 2, threads, 7, 64}) {
      CAPTURE(threads, shares);
      Job job;
      pool.run(shares, Job::task, &job);
      CHECK(job.each_once(shares));
    }
  }
}

TEST_CASE("a pool loses no share of many small jobs") {
  ThreadPool pool(3);
  int wrong = 0;
  for (int i = 0; i < 2000; ++i) {
    Job job;
    pool.run(i % 5, Job::task, &job);
    wrong += job.each_once(i % 5) ? 0 : 1;
  }
  CHECK(wrong == 0);
}

TEST_CASE("workers that come late draw no share of another job") {
  ThreadPool pool(12);  // more than most machines have cores: some are away for whole jobs
  int wrong = 0;
  for (int i = 0; i < 3000; ++i) {
    Job plus;
    Job minus;
    pool.run(1 + i % 3, Job::task, &plus);
    pool.run(
        1 + i % 5,
        [](void* user, std::int32_t share) {
          --static_cast<Job*>(user)->done[static_cast<std::size_t>(share)];
        },
        &minus);
    wrong += plus.each_once(1 + i % 3) ? 0 : 1;
    for (std::size_t k = 0; k < minus.done.size(); ++k)
      wrong += minus.done[k] == (k < static_cast<std::size_t>(1 + i % 5) ? -1 : 0) ? 0 : 1;
  }
  CHECK(wrong == 0);
}

TEST_CASE("what workers wrote is seen after the job") {
  ThreadPool pool(4);
  std::array<int, 16> plain{};
  for (int round = 1; round <= 100; ++round) {
    pool.run(
        16,
        [](void* user, std::int32_t share) {
          ++(*static_cast<std::array<int, 16>*>(user))[static_cast<std::size_t>(share)];
        },
        &plain);
    for (const int count : plain)
      REQUIRE(count == round);
  }
}

TEST_CASE("a pool goes away while its workers wait, at once and after they fell asleep") {
  for (int i = 0; i < 20; ++i)
    const ThreadPool pool(4);
  ThreadPool slept(4);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  Job job;
  slept.run(4, Job::task, &job);
  CHECK(job.each_once(4));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

TEST_CASE("the executor's workers are the pool") {
  ThreadPool pool(2);
  const Workers workers = pool.workers();
  Job job;
  workers.run(workers.pool, 5, Job::task, &job);
  CHECK(job.each_once(5));
}

}  // namespace tilewright::runtime
