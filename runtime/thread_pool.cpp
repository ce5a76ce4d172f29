// SPDX-License-Identifier: Apache-2.0
#include "runtime/thread_pool.h"

#include <chrono>

#include "runtime/denormals.h"

namespace tilewright::runtime {
namespace {

// Waking a thread that sleeps takes tens of microseconds, as long as many a step of a network. So
// workers stay awake for longer than most gaps between two steps, and a little after a run.
constexpr std::chrono::microseconds kAwake{1000};
constexpr int kSpins = 256;  // some microseconds; then others that want the core may have it

/// A hint to the core that it waits.
void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Waits until `value` differs from `old`: awake first, then asleep.
template <typename T>
void await_change(const std::atomic<T>& value, T old) {
  const auto is_changed = [&] {
    for (int spin = 0; spin < kSpins; ++spin) {
      if (value.load(std::memory_order_acquire) != old) return true;
      relax();
    }
    return false;
  };
  if (is_changed()) return;
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < kAwake) {
    std::this_thread::yield();
    if (is_changed()) return;
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
