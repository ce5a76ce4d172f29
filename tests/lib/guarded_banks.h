// SPDX-License-Identifier: Apache-2.0
// The external bank of a session, and the weights in it, as memory that nobody may touch: it is
// opened for the bytes of a transfer alone. Whoever else comes near stops the program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "tilewright/plan.h"
#include "tilewright/session.h"

namespace tilewright::tests {

/// Pages that are closed and opened as a whole.
class GuardedPages {
 public:
  explicit GuardedPages(std::int64_t size_bytes);
  ~GuardedPages();
  GuardedPages(const GuardedPages&) = delete;
  GuardedPages& operator=(const GuardedPages&) = delete;

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] bool contains(const void* address) const;
  void open();
  void close();

 private:
  std::byte* data_ = nullptr;
  std::size_t mapped_bytes_ = 0;
};

enum class Weights { Guarded, Readable };

/// The surroundings of one session of a plan with banks. Counts what is copied by where it comes
/// from and goes to, whatever the executor says.
class GuardedBanks {
 public:
  explicit GuardedBanks(const Plan& plan, Weights weights = Weights::Guarded);

  /// The same plan, its weights behind the guard.
  [[nodiscard]] const Plan& plan() const { return *plan_; }
  [[nodiscard]] SessionOptions options();
  void open();
  void close();

  std::int64_t loaded_bytes = 0;  // from the external bank
  std::int64_t stored_bytes = 0;  // to it

 private:
  static void copy(void* user, void* to, const void* from, std::int64_t size_bytes);
  [[nodiscard]] bool is_outside(const void* address) const;

  GuardedPages external_;
  std::shared_ptr<GuardedPages> constants_;  // shared with the plan that reads them
  Weights weights_;
  std::unique_ptr<Plan> plan_;
};

/// Whether `action` in a process of its own ends by a signal, as an access to closed pages does.
[[nodiscard]] bool is_stopped(void (*action)(void* user), void* user);

}  // namespace tilewright::tests
