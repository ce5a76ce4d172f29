// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <cstring>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tilewright/detail/check.h"

#include "runtime/flat_plan.h"
#include "tests/lib/guarded_banks.h"

namespace tilewright::tests {

GuardedPages::GuardedPages(std::int64_t size_bytes) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  mapped_bytes_ = (static_cast<std::size_t>(size_bytes) / page + 1) * page;
  void* mapping =
      mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  TILEWRIGHT_CHECK(mapping != MAP_FAILED);
  data_ = static_cast<std::byte*>(mapping);
}

GuardedPages::~GuardedPages() {
  munmap(data_, mapped_bytes_);
}

bool GuardedPages::contains(const void* address) const {
  const auto* byte = static_cast<const std::byte*>(address);
  return byte >= data_ && byte < data_ + mapped_bytes_;
}

void GuardedPages::open() {
  TILEWRIGHT_CHECK(mprotect(data_, mapped_bytes_, PROT_READ | PROT_WRITE) == 0);
}

void GuardedPages::close() {
  TILEWRIGHT_CHECK(mprotect(data_, mapped_bytes_, PROT_NONE) == 0);
}

GuardedBanks::GuardedBanks(const Plan& plan, Weights weights)
    : external_(plan.requirements().banks.at(1).bytes),
      constants_(
          std::make_shared<GuardedPages>(static_cast<std::int64_t>(plan.flat().constants.size()))),
      weights_(weights) {
  auto flat = std::make_shared<runtime::FlatPlan>(plan.flat());
  std::memcpy(constants_->data(), flat->constants.data(), flat->constants.size());
  flat->constants = {constants_->data(), flat->constants.size()};
  flat->constants_owner = constants_;
  plan_ = std::make_unique<Plan>(std::move(flat));
}

SessionOptions GuardedBanks::options() {
  const BankRequirement need = plan_->requirements().banks.at(1);
  return {.banks = {{.name = plan_->flat().banks->external_name,
                     .memory = external_.data(),
                     .bytes = need.bytes}},
          .copier = {copy, this}};
}

void GuardedBanks::open() {
  external_.open();
  constants_->open();
}

void GuardedBanks::close() {
  external_.close();
  if (weights_ == Weights::Guarded) constants_->close();
}

bool GuardedBanks::is_outside(const void* address) const {
  return external_.contains(address) || constants_->contains(address);
}

void GuardedBanks::copy(void* user, void* to, const void* from, std::int64_t size_bytes) {
  GuardedBanks& banks = *static_cast<GuardedBanks*>(user);
  if (banks.is_outside(from)) banks.loaded_bytes += size_bytes;
  if (banks.is_outside(to)) banks.stored_bytes += size_bytes;
  banks.open();
  std::memmove(to, from, static_cast<std::size_t>(size_bytes));
  banks.close();
}

bool is_stopped(void (*action)(void* user), void* user) {
  const pid_t child = fork();
  TILEWRIGHT_CHECK(child >= 0);
  if (child == 0) {
    // Quietly: the frameworks of tests have handlers that report.
    std::signal(SIGSEGV, SIG_DFL);
    std::signal(SIGBUS, SIG_DFL);
    action(user);
    _exit(0);
  }
  int status = 0;
  TILEWRIGHT_CHECK(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status);
}

}  // namespace tilewright::tests
