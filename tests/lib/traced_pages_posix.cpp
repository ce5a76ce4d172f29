// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <csignal>
#include <sys/mman.h>
#include <unistd.h>

#include "tilewright/detail/check.h"

#include "tests/lib/traced_pages.h"

namespace tilewright::tests {
namespace {

constexpr std::array kSignals{SIGSEGV, SIGBUS};

// A handler knows nothing but the address that faulted.
std::array<TracedPages*, 4> traced{};
std::array<struct sigaction, kSignals.size()> handlers_before{};

void restore_handlers() {
  for (std::size_t i = 0; i < kSignals.size(); ++i)
    sigaction(kSignals[i], &handlers_before[i], nullptr);
}

void on_fault(int /*signal*/, siginfo_t* info, void* /*context*/) {
  for (TracedPages* pages : traced) {
    if (pages != nullptr && pages->note(info->si_addr)) return;
  }
  restore_handlers();  // the access faults again
}

void install_handlers() {
  struct sigaction action{};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); ++i)
    TILEWRIGHT_CHECK(sigaction(kSignals[i], &action, &handlers_before[i]) == 0);
}

bool is_nobody_traced() {
  return std::all_of(traced.begin(), traced.end(), [](auto* pages) { return pages == nullptr; });
}

}  // namespace

std::int64_t TracedPages::page_bytes() {
  static const long bytes = sysconf(_SC_PAGESIZE);
  return bytes;
}

TracedPages::TracedPages(std::int64_t size_bytes)
    : touches_(static_cast<std::size_t>(size_bytes / page_bytes()) + 1) {
  void* mapping =
      mmap(nullptr, mapped_bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  TILEWRIGHT_CHECK(mapping != MAP_FAILED);
  data_ = static_cast<std::byte*>(mapping);
  if (is_nobody_traced()) install_handlers();
  const auto free = std::find(traced.begin(), traced.end(), nullptr);
  TILEWRIGHT_CHECK(free != traced.end());
  *free = this;
}

TracedPages::~TracedPages() {
  *std::find(traced.begin(), traced.end(), this) = nullptr;
  if (is_nobody_traced()) restore_handlers();
  munmap(data_, mapped_bytes());
}

std::size_t TracedPages::mapped_bytes() const {
  return touches_.size() * static_cast<std::size_t>(page_bytes());
}

void TracedPages::close() {
  std::fill(touches_.begin(), touches_.end(), Touch::None);
  TILEWRIGHT_CHECK(mprotect(data_, mapped_bytes(), PROT_NONE) == 0);
}

void TracedPages::open() {
  TILEWRIGHT_CHECK(mprotect(data_, mapped_bytes(), PROT_READ | PROT_WRITE) == 0);
}

// Whether an access reads or writes is not asked of the machine: a page is opened for reading, and
// if that was not enough it faults again.
bool TracedPages::note(const void* address) {
  const auto* byte = static_cast<const std::byte*>(address);
  if (byte < data_ || byte >= data_ + mapped_bytes()) return false;
  const auto page = static_cast<std::size_t>(byte - data_) / static_cast<std::size_t>(page_bytes());
  if (touches_[page] == Touch::Written) return false;
  const bool is_first = touches_[page] == Touch::None;
  touches_[page] = is_first ? Touch::Read : Touch::Written;
  return mprotect(data_ + page * static_cast<std::size_t>(page_bytes()),
                  static_cast<std::size_t>(page_bytes()),
                  is_first ? PROT_READ : PROT_READ | PROT_WRITE) == 0;
}

}  // namespace tilewright::tests
