// SPDX-License-Identifier: Apache-2.0
// Real processes for tests: forked, so that they share nothing but files.
#pragma once

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

namespace tilewright::tuner {

/// Runs `work` in a process of its own, which ends with status 0 after it.
template <typename Work>
pid_t start_process(Work work) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child > 0) return child;
  // Catch2's own handlers would report the death as a failed test.
  for (const int signal : {SIGABRT, SIGILL, SIGSEGV, SIGTERM})
    ::signal(signal, SIG_DFL);
  work();
  ::_exit(0);
}

/// Waits for its end. True if it was a regular one, false if a signal ended it.
inline bool ends_well(pid_t child) {
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace tilewright::tuner
