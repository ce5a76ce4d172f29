// SPDX-License-Identifier: Apache-2.0
// How long a cache line takes from one core to another: two threads hand a number there and back.
// What small layers cost on several threads depends on it, and on a virtual machine it changes when
// the host moves its cores.
//
//   core_distance
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <thread>
#include <vector>

namespace {

constexpr int kRounds = 20;
constexpr int kTurns = 20000;
constexpr std::size_t kLineBytes = 64;

struct Court {
  alignas(kLineBytes) std::atomic<int> there{0};
  alignas(kLineBytes) std::atomic<int> back{0};
};

void answer(Court& court) {
  for (int turn = 1; turn <= kRounds * kTurns; ++turn) {
    while (court.there.load(std::memory_order_acquire) != turn) {
    }
    court.back.store(turn, std::memory_order_release);
  }
}

/// Nanoseconds of one way, by the mean of `kTurns` there and back from `first` on.
double one_way_ns(Court& court, int first) {
  const auto begin = std::chrono::steady_clock::now();
  for (int turn = first; turn < first + kTurns; ++turn) {
    court.there.store(turn, std::memory_order_release);
    while (court.back.load(std::memory_order_acquire) != turn) {
    }
  }
  const std::chrono::duration<double, std::nano> elapsed = std::chrono::steady_clock::now() - begin;
  return elapsed.count() / kTurns / 2;
}

}  // namespace

int main() {
  Court court;
  std::thread partner(answer, std::ref(court));
  std::vector<double> ways;
  for (int round = 0; round < kRounds; ++round)
    ways.push_back(one_way_ns(court, round * kTurns + 1));
  partner.join();
  std::ranges::sort(ways);
  std::printf("one way, ns: least %.0f, median %.0f, most %.0f\n", ways.front(),
              ways[ways.size() / 2], ways.back());
  return 0;
}
