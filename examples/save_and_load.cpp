// SPDX-License-Identifier: Apache-2.0
// Tune and plan once, run many times: `save_and_load MODEL NEW.tw NEW.plan`.
//
// A phone would do the first half at its first start, on `tilewright::device`; every other start
// needs `tilewright::runtime` alone.
#include <chrono>
#include <cstdio>
#include <string>
#include <tilewright/tilewright.h>

namespace {

using tilewright::Status;

/// On the developer's machine: a model of any format becomes one of ours.
Status convert(const std::string& model_path, const std::string& saved_path) {
  TILEWRIGHT_TRY(const tilewright::Model model, tilewright::Model::load(model_path));
  return model.save(saved_path);
}

/// On the device: kernels are measured, memory is planned, both are kept.
Status prepare(const std::string& saved_path, const std::string& plan_path) {
  TILEWRIGHT_TRY(const tilewright::Model model, tilewright::Model::open_saved(saved_path));
  const tilewright::CompileOptions options{.threads = 2,
                                           .tuning = {.budget = std::chrono::milliseconds(200)}};
  TILEWRIGHT_TRY(const tilewright::Plan plan, tilewright::compile(model, options));
  return plan.save(plan_path);
}

/// On the device, from then on.
Status run(const std::string& plan_path) {
  TILEWRIGHT_TRY(const tilewright::Plan plan, tilewright::Plan::load(plan_path));
  const tilewright::Requirements needs = plan.requirements();
  std::printf("%lld bytes of arena, %lld of weights\n", static_cast<long long>(needs.arena_bytes),
              static_cast<long long>(needs.packed_weight_bytes));
  TILEWRIGHT_TRY(tilewright::Session session, tilewright::Session::create(plan));
  TILEWRIGHT_RETURN_IF_ERROR(session.run());
  for (const tilewright::TensorSpec& output : plan.outputs())
    std::printf("%s: %s\n", output.name.c_str(), to_string(output).c_str());
  return tilewright::ok();
}

Status do_all(const std::string& model, const std::string& saved, const std::string& plan) {
  TILEWRIGHT_RETURN_IF_ERROR(convert(model, saved));
  TILEWRIGHT_RETURN_IF_ERROR(prepare(saved, plan));
  return run(plan);
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 4) {
    std::fprintf(stderr, "usage: save_and_load MODEL NEW.tw NEW.plan\n");
    return 2;
  }
  const Status status = do_all(arguments[1], arguments[2], arguments[3]);
  if (!status) std::fprintf(stderr, "%s\n", status.error().message.c_str());
  return status ? 0 : 1;
}
