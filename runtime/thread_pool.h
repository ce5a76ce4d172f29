// SPDX-License-Identifier: Apache-2.0
// Threads that wait for the shares of a step: they spin briefly, then sleep.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "runtime/executor.h"

namespace tilewright::runtime {

/// `threads` workers, the caller of `run` among them. Shares are grabbed one by one, so a slow core
/// takes fewer. One caller at a time.
class ThreadPool {
 public:
  explicit ThreadPool(std::int32_t threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Blocks until task(user, share) has returned for every share. Allocates nothing.
  void run(std::int32_t shares, void (*task)(void* user, std::int32_t share), void* user);

  /// This pool, as the executor wants it.
  [[nodiscard]] Workers workers();

 private:
  void work();
  void grab_shares();

  // A job is written by `run` before `epoch_` moves, and read by workers after they saw it move.
  void (*task_)(void*, std::int32_t) = nullptr;
  void* user_ = nullptr;
  std::int32_t shares_ = 0;
  std::atomic<std::int32_t> next_share_{0};
  std::atomic<std::int32_t> busy_{0};    // workers that have not finished the current job
  std::atomic<std::uint32_t> epoch_{0};  // counts jobs
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

}  // namespace tilewright::runtime
