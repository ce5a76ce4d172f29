// SPDX-License-Identifier: Apache-2.0
#include "tilewright/session.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <optional>

#include "kernels/op_rules.h"
#include "runtime/denormals.h"
#include "runtime/executor.h"
#include "runtime/flat_plan.h"
#include "runtime/kernel_table.h"
#include "runtime/session_memory.h"
#include "runtime/spare_memory.h"
#include "runtime/thread_pool.h"

namespace tilewright {

using runtime::FlatPlan;
using runtime::PlanTensor;
using Clock = std::chrono::steady_clock;

struct Session::State {
  State(std::shared_ptr<const FlatPlan> shared_plan, runtime::SessionMemory session_memory)
      : plan(std::move(shared_plan)),
        memory(std::move(session_memory)),
        spare(memory.arena.spare()) {}

  std::shared_ptr<const FlatPlan> plan;  // shared with the Plan and its other sessions
  runtime::SessionMemory memory;
  runtime::SpareMemory spare;
  runtime::Mover mover;
  runtime::BoundSteps steps{&spare};               // empty if the session tunes itself
  std::vector<runtime::StepKernels> step_kernels;  // empty unless it does
  std::unique_ptr<StepTuner> tuner;                // null unless it does
  std::optional<runtime::ThreadPool> pool;
  std::atomic<bool> cancelled{false};
  std::vector<StepTime> times;  // empty unless profiling
  Clock::time_point step_begin;
};

namespace {

template <typename Byte>
BasicTensorView<Byte> view_of(const PlanTensor& tensor, const runtime::SessionMemory& memory) {
  std::byte* region =
      tensor.region == runtime::Region::External ? memory.external->data() : memory.arena.data();
  return {region + tensor.offset_bytes, tensor.spec.dtype, tensor.spec.shape};
}

const PlanTensor* find_tensor(const std::vector<PlanTensor>& tensors, std::string_view name) {
  const auto found = std::find_if(tensors.begin(), tensors.end(),
                                  [&](const PlanTensor& t) { return t.spec.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

std::vector<StepTime> empty_times(const FlatPlan& plan) {
  std::vector<StepTime> times;
  for (const runtime::Step& step : plan.steps) {
    const runtime::StepSpecs specs = runtime::specs_of(step);
    std::int64_t macs = kernels::macs(step.op, specs.src, specs.dst);
    for (const runtime::Step& producer : step.producers) {
      const runtime::StepSpecs operands = runtime::specs_of(producer);
      macs += kernels::macs(producer.op, operands.src, operands.dst);
    }
    const std::string_view type = step.producers.empty() ? kernels::op_name(step.op) : "strips";
    times.push_back({step.name, type, step.kernel->name, macs, 0, 0});
  }
  return times;
}

template <typename View>
Status check_buffers(const std::vector<PlanTensor>& tensors, std::span<const View> views,
                     const char* what) {
  if (views.size() != tensors.size()) {
    return Error{ErrorCode::InvalidArgument, std::string("run: expected ") +
                                                 std::to_string(tensors.size()) + " " + what +
                                                 "s, got " + std::to_string(views.size())};
  }
  for (std::size_t i = 0; i < views.size(); ++i) {
    const TensorSpec& spec = tensors[i].spec;
    const bool has_memory = views[i].data != nullptr || spec.shape.elements() == 0;
    if (views[i].dtype == spec.dtype && views[i].shape == spec.shape && has_memory) continue;
    const TensorSpec given{"", views[i].dtype, views[i].shape, {}};
    return Error{ErrorCode::InvalidArgument, std::string("run: ") + what + " " + std::to_string(i) +
                                                 " '" + spec.name + "': expected " +
                                                 to_string(spec) + ", got " + to_string(given) +
                                                 (has_memory ? "" : " without memory")};
  }
  return ok();
}

}  // namespace

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result<Session> Session::create(const Plan& plan, const SessionOptions& options) {
  const std::int32_t most = plan.flat().threads;
  if (options.threads < 0 || options.threads > kMaxThreads) {
    return Error{ErrorCode::InvalidArgument, "session: expected 0 to " +
                                                 std::to_string(kMaxThreads) + " threads, got " +
                                                 std::to_string(options.threads)};
  }
  TILEWRIGHT_TRY(runtime::SessionMemory memory, runtime::session_memory(plan.flat(), options));
  auto state = std::make_unique<State>(plan.flat_, std::move(memory));
  const runtime::Memories memories = state->memory.addresses();
  if (const runtime::KernelTable* table = plan.flat().kernel_table.get()) {
    state->step_kernels = runtime::bind_table(*state->plan, *table, memories.arena);
    state->tuner = table->tuners->make();
  } else {
    state->steps = runtime::bind(*state->plan, memories, &state->spare);
    state->mover = runtime::Mover(*state->plan, memories, options.copier);
    state->mover.begin_run();
  }
  if (options.profile) state->times = empty_times(*state->plan);
  const std::int32_t threads = options.threads == 0 ? most : std::min(options.threads, most);
  if (threads > 1) state->pool.emplace(threads);
  return Session(std::move(state));
}

MutableTensorView Session::input(std::size_t index) {
  if (index >= state_->plan->inputs.size()) return {};
  return view_of<std::byte>(state_->plan->inputs[index], state_->memory);
}

MutableTensorView Session::input(std::string_view name) {
  const PlanTensor* tensor = find_tensor(state_->plan->inputs, name);
  return tensor == nullptr ? MutableTensorView{} : view_of<std::byte>(*tensor, state_->memory);
}

TensorView Session::output(std::size_t index) const {
  if (index >= state_->plan->outputs.size()) return {};
  return view_of<const std::byte>(state_->plan->outputs[index], state_->memory);
}

TensorView Session::output(std::string_view name) const {
  const PlanTensor* tensor = find_tensor(state_->plan->outputs, name);
  return tensor == nullptr ? TensorView{} : view_of<const std::byte>(*tensor, state_->memory);
}

Status Session::run() {
  State& state = *state_;
  state.cancelled.store(false, std::memory_order_relaxed);
  const runtime::FlushDenormals flush_denormals;
  const runtime::Workers workers = state.pool ? state.pool->workers() : runtime::Workers{};
  runtime::StepHook hook;
  if (!state.times.empty()) {
    hook.user = &state;
    hook.before = [](void* user, std::size_t) {
      static_cast<State*>(user)->step_begin = Clock::now();
    };
    hook.after = [](void* user, std::size_t step) {
      State& timed = *static_cast<State*>(user);
      timed.times[step].total_ns +=
          std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - timed.step_begin)
              .count();
      ++timed.times[step].runs;
    };
  }
  if (state.tuner == nullptr) {
    return runtime::run_steps(state.steps, workers, state.cancelled, hook, state.mover);
  }
  return runtime::run_tuned_steps(state.step_kernels, *state.tuner, workers, state.cancelled, hook);
}

Status Session::run(std::span<const TensorView> inputs,
                    std::span<const MutableTensorView> outputs) {
  const FlatPlan& plan = *state_->plan;
  TILEWRIGHT_RETURN_IF_ERROR(check_buffers(plan.inputs, inputs, "input"));
  TILEWRIGHT_RETURN_IF_ERROR(check_buffers(plan.outputs, outputs, "output"));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const MutableTensorView to = input(i);
    if (inputs[i].size_bytes() > 0) {
      std::memcpy(to.data, inputs[i].data, static_cast<std::size_t>(to.size_bytes()));
    }
  }
  TILEWRIGHT_RETURN_IF_ERROR(run());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const TensorView from = output(i);
    if (from.size_bytes() > 0) {
      std::memcpy(outputs[i].data, from.data, static_cast<std::size_t>(from.size_bytes()));
    }
  }
  return ok();
}

void Session::cancel() {
  state_->cancelled.store(true, std::memory_order_relaxed);
}

std::vector<BankTraffic> Session::traffic() const {
  const FlatPlan& plan = *state_->plan;
  if (!plan.banks) return {};
  const runtime::MovedBytes& moved = state_->mover.moved();
  return {{plan.banks->fast_name, moved.stored + moved.inside, moved.loaded + moved.inside},
          {plan.banks->external_name, moved.loaded + moved.streamed_in,
           moved.stored + moved.streamed_out}};
}

std::vector<StepTime> Session::profile() const {
  std::vector<StepTime> times = state_->times;
  if (state_->tuner == nullptr) return times;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto choice = static_cast<std::size_t>(state_->tuner->choice(i));
    times[i].kernel = state_->step_kernels[i][choice].step->kernel->name;
  }
  return times;
}

TuningProgress Session::tuning() const {
  return state_->tuner == nullptr ? TuningProgress{} : state_->tuner->progress();
}

Status Session::save_tuning() {
  if (state_->tuner != nullptr) return state_->tuner->save();
  return Error{
      ErrorCode::InvalidArgument,
      "save_tuning: expected a session that tunes itself (TuningMode::InSitu), got another"};
}

}  // namespace tilewright
