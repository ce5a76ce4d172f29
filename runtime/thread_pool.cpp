// SPDX-License-Identifier: Apache-2.0
#include "runtime/thread_pool.h"

#include "runtime/denormals.h"

namespace tilewright::runtime {
namespace {

// About 20 microseconds: longer than the gap between two steps of a network, shorter than a time
// slice.
constexpr int kSpins = 4000;

/// Waits until `value` differs from `old`.
template <typename T>
void await_change(const std::atomic<T>& value, T old) {
  for (int spin = 0; spin < kSpins; ++spin) {
    if (value.load(std::memory_order_acquire) != old) return;
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

ThreadPool::ThreadPool(std::int32_t threads) {
  for (std::int32_t i = 1; i < threads; ++i)
    threads_.emplace_back([this] { work(); });
}

ThreadPool::~ThreadPool() {
  stopping_.store(true, std::memory_order_relaxed);
  epoch_.fetch_add(1, std::memory_order_release);
  epoch_.notify_all();
  for (std::thread& thread : threads_)
    thread.join();
}

void ThreadPool::grab_shares() {
  for (;;) {
    const std::int32_t share = next_share_.fetch_add(1, std::memory_order_relaxed);
    if (share >= shares_) return;
    task_(user_, share);
  }
}

void ThreadPool::work() {
  const FlushDenormals flush_denormals;
  std::uint32_t seen = 0;
  for (;;) {
    await_change(epoch_, seen);
    ++seen;  // no job is missed: `run` waits for all workers before the next one
    if (stopping_.load(std::memory_order_relaxed)) return;
    grab_shares();
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
  }
}

void ThreadPool::run(std::int32_t shares, void (*task)(void* user, std::int32_t share),
                     void* user) {
  task_ = task;
  user_ = user;
  shares_ = shares;
  next_share_.store(0, std::memory_order_relaxed);
  busy_.store(static_cast<std::int32_t>(threads_.size()), std::memory_order_relaxed);
  epoch_.fetch_add(1, std::memory_order_release);
  epoch_.notify_all();
  grab_shares();
  for (std::int32_t busy = busy_.load(std::memory_order_acquire); busy != 0;
       busy = busy_.load(std::memory_order_acquire)) {
    await_change(busy_, busy);
  }
}

Workers ThreadPool::workers() {
  return {[](void* pool, std::int32_t shares, void (*task)(void*, std::int32_t), void* user) {
            static_cast<ThreadPool*>(pool)->run(shares, task, user);
          },
          this};
}

}  // namespace tilewright::runtime
