// SPDX-License-Identifier: Apache-2.0
// Threads that wait for the shares of a step: they spin briefly, then sleep.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "runtime/executor.h"

namespace tilewright::runtime {

/// `threads` workers, the caller of `run` among them. Shares are grabbed one by one, so that
/// who comes late takes none. One caller at a time.
class ThreadPool {
 public:
  explicit ThreadPool(std::int32_t threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Blocks until task(user, share) has returned for every share, at most 65535 of them, whether
  /// all workers have come or not. Allocates nothing.
  void run(std::int32_t shares, void (*task)(void* user, std::int32_t share), void* user);

  /// This pool, as the executor wants it.
  [[nodiscard]] Workers workers();

 private:
  void work();
  void grab_shares();

  // A job is written by `run` before its ticket, and read by those who have drawn a share of it:
  // it stays until they have finished. A worker that comes too late draws nothing, and nobody waits
  // for it.
  void (*task_)(void*, std::int32_t) = nullptr;
  void* user_ = nullptr;
  std::atomic<std::uint64_t> ticket_{0};   // number of the job, its shares, the next share
  std::atomic<std::int32_t> finished_{0};  // shares of the current job
  std::atomic<std::uint32_t> epoch_{0};    // number of the job, for workers to wait on
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

}  // namespace tilewright::runtime
