// SPDX-License-Identifier: Apache-2.0
// Checks of our own invariants: a message, then abort. Never for data that comes from outside.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace tilewright::detail {

/// Prints `file:line: check failed: condition` on stderr and aborts.
[[noreturn]] inline void check_failed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace tilewright::detail

/// Stops the program if an invariant of ours is broken; on in release builds too.
#define TILEWRIGHT_CHECK(condition) \
  ((condition) ? void() : ::tilewright::detail::check_failed(__FILE__, __LINE__, #condition))

/// The same in debug and sanitizer builds; free in release builds. For hot loops.
#ifdef NDEBUG
#define TILEWRIGHT_DCHECK(condition) void(sizeof(!(condition)))
#else
#define TILEWRIGHT_DCHECK(condition) TILEWRIGHT_CHECK(condition)
#endif
