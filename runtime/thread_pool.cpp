// SPDX-License-Identifier: Apache-2.0
#include "runtime/thread_pool.h"

#include <chrono>

#include "tilewright/detail/check.h"

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

// A ticket: 32 bits for the number of the job, 16 for its shares, 16 for the next one. The number
// keeps a worker that was away for a whole job from drawing a share of the next by mistake.
constexpr std::int32_t kMaxShares = 0xFFFF;

std::uint64_t first_ticket(std::uint32_t number, std::int32_t shares) {
  return std::uint64_t{number} << 32 | static_cast<std::uint64_t>(shares) << 16;
}

std::int32_t share_count(std::uint64_t ticket) {
  return static_cast<std::int32_t>(ticket >> 16 & kMaxShares);
}

std::int32_t next_share(std::uint64_t ticket) {
  return static_cast<std::int32_t>(ticket & kMaxShares);
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
    std::uint64_t ticket = ticket_.load(std::memory_order_relaxed);
    const std::int32_t share = next_share(ticket);
    if (share >= share_count(ticket)) return;
    if (!ticket_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acquire,
                                       std::memory_order_relaxed))
      continue;
    task_(user_, share);
    finished_.fetch_add(1, std::memory_order_acq_rel);
    finished_.notify_one();
  }
}

void ThreadPool::work() {
  const FlushDenormals flush_denormals;
  std::uint32_t seen = 0;
  for (;;) {
    await_change(epoch_, seen);
    seen = epoch_.load(std::memory_order_acquire);
    if (stopping_.load(std::memory_order_relaxed)) return;
    grab_shares();
  }
}

void ThreadPool::run(std::int32_t shares, void (*task)(void* user, std::int32_t share),
                     void* user) {
  TILEWRIGHT_CHECK(shares >= 0 && shares <= kMaxShares);
  if (shares == 0) return;
  task_ = task;
  user_ = user;
  finished_.store(0, std::memory_order_relaxed);
  const std::uint32_t number = epoch_.load(std::memory_order_relaxed) + 1;
  ticket_.store(first_ticket(number, shares), std::memory_order_release);
  epoch_.store(number, std::memory_order_release);
  epoch_.notify_all();
  grab_shares();
  for (std::int32_t finished = finished_.load(std::memory_order_acquire); finished != shares;
       finished = finished_.load(std::memory_order_acquire)) {
    await_change(finished_, finished);
  }
}

Workers ThreadPool::workers() {
  return {[](void* pool, std::int32_t shares, void (*task)(void*, std::int32_t), void* user) {
            static_cast<ThreadPool*>(pool)->run(shares, task, user);
          },
          this};
}

}  // namespace tilewright::runtime
