// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <pthread.h>
#include <sched.h>
#include <string>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "bench/slow_core.h"
#include "lib/tuner/statistics.h"

namespace tilewright::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLooks = 9;
constexpr int kMostSteps = 12;
constexpr std::chrono::microseconds kLongestPeriod{200};
constexpr double kCloseEnough = 0.04;  // of the factor

cpu_set_t set_of(std::initializer_list<int> cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores)
    CPU_SET(core, &set);
  return set;
}

/// Dependent multiplications: some milliseconds in registers, whatever else a core does.
double fixed_work_seconds() {
  constexpr int kSteps = 4'000'000;
  const auto begin = Clock::now();
  std::uint64_t x = 1;
  for (int i = 0; i < kSteps; ++i) {
    x = x * 3 + 1;
    asm volatile("" : "+r"(x));
  }
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace

Status stay_on(std::initializer_list<int> cores) {
  const cpu_set_t set = set_of(cores);
  if (sched_setaffinity(0, sizeof set, &set) == 0) return ok();
  return Error{ErrorCode::InvalidArgument, "core " + std::to_string(*cores.begin()) +
                                               ": expected one that this process may run on"};
}

Status move_others_to(int core) {
  const cpu_set_t set = set_of({core});
  const auto own = static_cast<pid_t>(syscall(SYS_gettid));
  std::error_code failed;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", failed)) {
    const pid_t id = std::atoi(task.path().filename().c_str());
    // One that has ended meanwhile needs no core.
    if (id != own) static_cast<void>(sched_setaffinity(id, sizeof set, &set));
  }
  if (!failed) return ok();
  return Error{ErrorCode::IoError, "/proc/self/task: " + failed.message()};
}

Result<double> slowness(int slow, int fast) {
  std::vector<double> ratios;
  for (int look = 0; look < kLooks; ++look) {
    TILEWRIGHT_RETURN_IF_ERROR(stay_on({slow}));
    const double slow_seconds = fixed_work_seconds();
    TILEWRIGHT_RETURN_IF_ERROR(stay_on({fast}));
    ratios.push_back(slow_seconds / fixed_work_seconds());
  }
  return tuner::median(ratios);
}

SlowCore::SlowCore(int core, std::chrono::nanoseconds shortest_period)
    : core_(core), period_ns_(shortest_period.count()) {}

SlowCore::~SlowCore() {
  stopping_.store(true);
  if (thread_.joinable()) thread_.join();
}

Status SlowCore::make_slower(double factor, int fast) {
  if (!thread_.joinable()) {
    thread_ = std::thread([this] { take_periods(); });
    const cpu_set_t set = set_of({core_});
    const sched_param first{.sched_priority = 1};
    if (pthread_setaffinity_np(thread_.native_handle(), sizeof set, &set) != 0 ||
        pthread_setschedparam(thread_.native_handle(), SCHED_FIFO, &first) != 0) {
      return Error{ErrorCode::Unsupported,
                   "core " + std::to_string(core_) + ": expected leave to have a real-time thread"};
    }
  }
  double reached = 1;
  for (; period() <= kLongestPeriod; period_ns_.store(2 * period_ns_.load())) {
    for (int step = 0; step < kMostSteps; ++step) {
      TILEWRIGHT_TRY(reached, slowness(core_, fast));
      if (std::abs(reached / factor - 1) <= kCloseEnough) return ok();
      // The others have 1 / slowness of each period.
      const double left_ns = static_cast<double>(period_ns_.load()) * (1 / reached - 1 / factor);
      taken_ns_.store(
          std::clamp<std::int64_t>(taken_ns_.load() + std::llround(left_ns), 0, period_ns_.load()));
    }
  }
  return Error{ErrorCode::Unsupported, "core " + std::to_string(core_) + ": expected it to get " +
                                           std::to_string(factor) + " times slower, got " +
                                           std::to_string(reached)};
}

/// Sleeps a tenth of each period at least, lest nobody else can end it.
void SlowCore::take_periods() {
  prctl(PR_SET_TIMERSLACK, 1UL);
  Clock::time_point next = Clock::now();
  while (!stopping_.load()) {
    const Clock::time_point end = next + std::chrono::nanoseconds(taken_ns_.load());
    while (Clock::now() < end) {
    }
    next = std::max(next + period(), Clock::now() + period() / 10);
    std::this_thread::sleep_until(next);
  }
}

}  // namespace tilewright::bench
