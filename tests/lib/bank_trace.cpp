// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/bank_trace.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>

#include "tilewright/detail/check.h"

namespace tilewright::tests {
namespace {

using runtime::FlatPlan;
using runtime::Region;

void mark(Touches& pages, std::int64_t begin, std::int64_t bytes, Touch touch) {
  const std::int64_t page = TracedPages::page_bytes();
  for (std::int64_t i = begin / page; i * page < begin + bytes; ++i) {
    Touch& noted = pages[static_cast<std::size_t>(i)];
    noted = std::max(noted, touch);
  }
}

void mark_all(const std::vector<runtime::Transfer>& transfers, std::vector<Moment>& moments) {
  for (const runtime::Transfer& transfer : transfers) {
    Moment& moment = moments[2 * static_cast<std::size_t>(transfer.step)];
    if (transfer.from == Region::Constants)
      mark(moment.constants, transfer.from_offset_bytes, transfer.bytes, Touch::Read);
    if (transfer.from == Region::External)
      mark(moment.external, transfer.from_offset_bytes, transfer.bytes, Touch::Read);
    if (transfer.to == Region::External)
      mark(moment.external, transfer.to_offset_bytes, transfer.bytes, Touch::Written);
  }
}

/// What `operand` has in the external bank.
void mark_outside(const runtime::Operand& operand, Touch touch, Touches& pages) {
  const std::int64_t bytes = operand.shape.elements() * size_bytes(operand.dtype);
  if (operand.rest) {
    mark(pages, operand.rest->offset_bytes, bytes - operand.rest->begin_bytes, touch);
  } else if (operand.region == Region::External) {
    mark(pages, operand.offset_bytes, bytes, touch);
  }
}

/// Gives the constants that stream pages of their own, behind all others.
std::shared_ptr<TracedPages> spread_constants(FlatPlan& plan) {
  const std::int64_t page = TracedPages::page_bytes();
  std::map<std::int64_t, ByteRange> moved;  // by where they were
  std::int64_t end = pages_for(static_cast<std::int64_t>(plan.constants.size())) * page;
  for (const runtime::Step& step : plan.steps) {
    for (const ByteRange range : streamed_by(step)) {
      const std::int64_t bytes = range.end - range.begin;
      if (moved.try_emplace(range.begin, ByteRange{end, end + bytes}).second)
        end += pages_for(bytes) * page;
    }
  }
  auto pages = std::make_shared<TracedPages>(end);
  std::memcpy(pages->data(), plan.constants.data(), plan.constants.size());
  for (const auto& [from, to] : moved) {
    std::memcpy(pages->data() + to.begin, pages->data() + from,
                static_cast<std::size_t>(to.end - to.begin));
  }
  for (runtime::Step& step : plan.steps) {
    if (step.packed_region == Region::Constants && step.packed_bytes > 0)
      step.packed_offset_bytes = moved.at(step.packed_offset_bytes).begin;
    for (runtime::Operand& src : step.src) {
      if (src.region == Region::Constants) src.offset_bytes = moved.at(src.offset_bytes).begin;
    }
  }
  plan.constants = {pages->data(), static_cast<std::size_t>(end)};
  plan.constants_owner = pages;
  return pages;
}

}  // namespace

std::vector<ByteRange> streamed_by(const runtime::Step& step) {
  std::vector<ByteRange> ranges;
  if (step.packed_region == Region::Constants && step.packed_bytes > 0)
    ranges.push_back({step.packed_offset_bytes, step.packed_offset_bytes + step.packed_bytes});
  for (const runtime::Operand& src : step.src) {
    if (src.region != Region::Constants) continue;
    const std::int64_t bytes = src.shape.elements() * size_bytes(src.dtype);
    ranges.push_back({src.offset_bytes, src.offset_bytes + bytes});
  }
  return ranges;
}

std::int64_t pages_for(std::int64_t bytes) {
  return (bytes + TracedPages::page_bytes() - 1) / TracedPages::page_bytes();
}

BankTrace::BankTrace(const FlatPlan& plan)
    : plan_(plan),
      constants_(spread_constants(plan_)),
      external_(plan.banks->external_bytes),
      arena_(static_cast<std::size_t>(plan.arena_bytes) + kTensorAlignment),
      mover_(plan_, memories(), {}),
      steps_(runtime::bind(plan_, memories())) {
  TILEWRIGHT_CHECK(bool{check_plan(plan_)});
}

Status BankTrace::run(const std::vector<std::vector<std::byte>>& inputs) {
  open();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::byte* input = external_.data() + plan_.inputs[i].offset_bytes;
    std::memcpy(input, inputs[i].data(), inputs[i].size());
  }
  moments.clear();
  close();
  const std::atomic<bool> cancelled = false;
  const runtime::StepHook hook{look, look, this};
  Status status = run_steps(steps_, {}, cancelled, hook, mover_);
  look(this, steps_.size());
  open();
  return status;
}

std::vector<std::vector<std::byte>> BankTrace::outputs() const {
  std::vector<std::vector<std::byte>> outputs;
  for (const runtime::PlanTensor& tensor : plan_.outputs) {
    const std::byte* data = external_.data() + tensor.offset_bytes;
    outputs.emplace_back(data, data + tensor.spec.size_bytes());
  }
  return outputs;
}

std::vector<Moment> BankTrace::planned(bool is_first) const {
  const Moment nothing{Touches(constants_->touches().size()), Touches(external_.touches().size())};
  std::vector<Moment> result(2 * plan_.steps.size() + 1, nothing);
  if (is_first) mark_all(plan_.banks->preload, result);
  mark_all(plan_.banks->transfers, result);
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    for (const ByteRange range : streamed_by(plan_.steps[i]))
      mark(result[2 * i + 1].constants, range.begin, range.end - range.begin, Touch::Read);
    for (const runtime::Operand& src : plan_.steps[i].src)
      mark_outside(src, Touch::Read, result[2 * i + 1].external);
    mark_outside(plan_.steps[i].dst, Touch::Written, result[2 * i + 1].external);
  }
  return result;
}

void BankTrace::read_weights_of(std::string_view other, std::string_view reader) {
  step_named(reader).packed = step_named(other).packed;
}

void BankTrace::look(void* user, std::size_t /*step*/) {
  BankTrace& trace = *static_cast<BankTrace*>(user);
  trace.moments.push_back({trace.constants_->touches(), trace.external_.touches()});
  trace.close();
}

void BankTrace::open() {
  constants_->open();
  external_.open();
}

void BankTrace::close() {
  constants_->close();
  external_.close();
}

runtime::Memories BankTrace::memories() {
  void* start = arena_.data();
  std::size_t room = arena_.size();
  return {static_cast<std::byte*>(std::align(kTensorAlignment, 1, start, room)), external_.data()};
}

runtime::BoundStep& BankTrace::step_named(std::string_view name) {
  const auto is_named = [&](const auto& bound) { return bound.step->name == name; };
  const auto step = std::find_if(steps_.begin(), steps_.end(), is_named);
  TILEWRIGHT_CHECK(step != steps_.end());
  return *step;
}

}  // namespace tilewright::tests
