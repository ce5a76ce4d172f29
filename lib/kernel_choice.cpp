// SPDX-License-Identifier: Apache-2.0
#include "lib/kernel_choice.h"

#include <algorithm>
#include <cmath>

#include "kernels/op_fields.h"
#include "kernels/op_rules.h"
#include "kernels/registry.h"
#include "lib/kernel_features.h"

namespace tilewright {
namespace {

// A step is only shared if each share takes this long. Handing one to a worker that is awake costs
// half a microsecond. One thread alone would fetch what the step before left in the caches of the
// other cores: seven small networks on two cores of a Sapphire Rapids were 1.07 times as fast with
// 2.5 microseconds as with 10 (geometric mean of medians; 1.15 of least times), and 1.13 with 1.
constexpr double kShareSeconds = 2.5e-6;

/// Writes the fields of an op as `name=value` pairs.
struct FieldWriter {
  std::string& text;

  void operator()(const char* name, const Shape& shape) const {
    text += std::string(" ") + name + "=" + to_string(shape);
  }
  template <typename T>
    requires std::is_arithmetic_v<T>
  void operator()(const char* name, T value) const {
    text += std::string(" ") + name + "=" + std::to_string(value);
  }
  template <typename T>
    requires std::is_enum_v<T>
  void operator()(const char* name, T value) const {
    (*this)(name, static_cast<int>(value));
  }
  template <typename T, std::size_t N>
  void operator()(const char* name, const std::array<T, N>& values) const {
    text += std::string(" ") + name + "=";
    for (const T value : values)
      text += std::to_string(value) + ",";
  }
  template <typename T>
    requires std::is_class_v<T>
  void operator()(const char* name, const T& nested) const {
    text += std::string(" ") + name + "{";
    kernels::for_each_field(nested, *this);
    text += " }";
  }
};

std::string describe(const ProgramOperand& operand) {
  std::string text = to_string(operand.spec);
  if (operand.constant) return text + " const";
  if (operand.place.strides == kernels::dense_strides(operand.spec.shape)) return text;
  for (int axis = 0; axis < operand.spec.shape.rank(); ++axis) {
    text += axis == 0 ? " stride " : ",";
    text += std::to_string(operand.place.strides[static_cast<std::size_t>(axis)]);
  }
  return text;
}

}  // namespace

Result<std::vector<KernelChoice>> kernel_candidates(const ProgramOp& op, runtime::IsaMask isas,
                                                    const tuner::DeviceParameters& device) {
  const std::vector<TensorSpec> specs = src_specs(op);
  const kernels::Call call{op.op, specs, op.dst.spec};
  std::vector<KernelChoice> choices;
  for (const kernels::Kernel* kernel : kernels::all()) {
    const bool here = (isas & runtime::bit(kernel->isa)) != 0;
    if (!here || kernel == kernels::reference(call) || !kernel->supports(call, *kernel)) continue;
    for (const kernels::KernelConfig& config : kernel->configs(call, *kernel)) {
      KernelChoice choice{kernel, config, 0};
      choice.log_seconds = analytic_log_seconds(op, choice, device);
      choices.push_back(choice);
    }
  }
  const kernels::Kernel* last_resort = kernels::reference(call);
  if (choices.empty() && last_resort != nullptr && last_resort->supports(call, *last_resort)) {
    choices.push_back({last_resort, last_resort->configs(call, *last_resort).front(), 0});
  }
  if (choices.empty()) {
    const TensorSpec& spec = specs.empty() ? op.dst.spec : specs[0];
    return Error{ErrorCode::Unsupported,
                 "node '" + op.name + "': " + std::string(kernels::op_name(op.op)) +
                     ": expected a kernel for " + to_string(spec) + ", got none"};
  }
  return choices;
}

std::int32_t worthwhile_threads(double seconds, std::int32_t threads) {
  return seconds >= kShareSeconds * threads ? threads : 1;
}

runtime::Sharing sharing_of(const KernelChoice& choice, const runtime::StepCuts& cuts,
                            std::int32_t threads) {
  if (choice.sharing && choice.sharing->threads <= threads && cuts.allows(*choice.sharing))
    return *choice.sharing;
  const std::int32_t wanted = choice.threads > 0
                                  ? choice.threads
                                  : worthwhile_threads(std::exp(choice.log_seconds), threads);
  return runtime::fair_sharing(cuts, std::min(wanted, threads));
}

bool keep_exact(std::vector<KernelChoice>& candidates) {
  return std::erase_if(candidates,
                       [](const KernelChoice& choice) { return !choice.kernel->is_exact; }) > 0;
}

KernelChoice best_candidate(const std::vector<KernelChoice>& candidates) {
  return *std::min_element(
      candidates.begin(), candidates.end(),
      [](const KernelChoice& a, const KernelChoice& b) { return a.log_seconds < b.log_seconds; });
}

std::string candidate_name(const KernelChoice& choice) {
  const kernels::KernelConfig& config = choice.config;
  return std::string(choice.kernel->name) + "/" + std::to_string(config.algorithm) + "." +
         std::to_string(config.block_rows) + "." + std::to_string(config.block_columns) + "." +
         std::to_string(config.block_depth);
}

std::string signature(const ProgramOp& op) {
  std::string text(kernels::op_name(op.op));
  std::visit(
      [&](const auto& attributes) { kernels::for_each_field(attributes, FieldWriter{text}); },
      op.op);
  for (const ProgramOperand& src : op.src)
    text += " | " + describe(src);
  return text + " -> " + describe(op.dst);
}

}  // namespace tilewright
