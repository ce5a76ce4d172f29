// SPDX-License-Identifier: Apache-2.0
#include "tests/kernels/guarded_run.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/cpu_features.h"

namespace tilewright::kernels::tests {

std::vector<TensorSpec> Work::specs() const {
  std::vector<TensorSpec> specs;
  for (const Values& operand : src)
    specs.push_back(operand.spec);
  return specs;
}

bool runs_here(Isa isa) {
  return (runtime::supported_isas() & runtime::bit(isa)) != 0;
}

bool supports(const Kernel& kernel, const Work& work) {
  const std::vector<TensorSpec> specs = work.specs();
  return kernel.supports({work.op, specs, work.dst}, kernel);
}

GuardedRun::GuardedRun(const Kernel& kernel, const KernelConfig& config, const Work& work,
                       const Setup& setup)
    : kernel_(kernel),
      config_(config),
      op_(work.op),
      specs_(work.specs()),
      dst_spec_(work.dst),
      dst_(work.dst, setup.dst_layout, setup.placement),
      packed_(kernel.packed_bytes({op_, specs_, dst_spec_}, kernel, config), setup.placement,
              kTensorAlignment),
      scratch_(kernel.scratch_bytes({op_, specs_, dst_spec_}, kernel, config), setup.placement,
               kTensorAlignment) {
  const Call call{op_, specs_, dst_spec_};
  const std::uint32_t consumed = kernel.packed_inputs(call, kernel);
  std::vector<std::unique_ptr<GuardedTensor>> constants;
  std::vector<const std::byte*> constant_data;
  for (std::size_t i = 0; i < work.src.size(); ++i) {
    const bool is_packed = (consumed >> i & 1U) != 0;
    const Layout layout = is_packed ? Layout::Dense : setup.src_layout;
    auto tensor = std::make_unique<GuardedTensor>(specs_[i], layout, setup.placement);
    tensor->write(work.src[i].bytes);
    refs_.push_back(tensor->ref());
    constant_data.push_back(is_packed ? tensor->ref().data : nullptr);
    if (is_packed) refs_.back().data = nullptr;
    (is_packed ? constants : operands_).push_back(std::move(tensor));
  }
  if (setup.in_place) {
    refs_[*setup.in_place] = dst_.ref();
    overwritten_ = work.src[*setup.in_place].bytes;
  }
  kernel.pack(call, kernel, config, constant_data, packed_.data());
}

void GuardedRun::begin() {
  dst_.poison();
  if (!overwritten_.empty()) dst_.write(overwritten_);
}

void GuardedRun::run(std::int64_t row_begin, std::int64_t row_end, ColumnRange columns) {
  const TensorRef dst = dst_.ref();
  scratch_.poison();
  kernel_.run({op_, refs_, dst, packed_.data(), scratch_.data(), config_, kernel_, row_begin,
               row_end, columns});
}

std::vector<std::byte> GuardedRun::result(const std::vector<std::int64_t>& cuts) {
  begin();
  for (std::size_t i = cuts.size() - 1; i > 0; --i)
    run(cuts[i - 1], cuts[i], {});
  return end();
}

std::vector<std::byte> GuardedRun::result_by_columns(const std::vector<std::int64_t>& cuts) {
  begin();
  const std::int64_t rows = row_count(dst_spec_.shape);
  for (std::size_t i = cuts.size() - 1; i > 0; --i)
    run(0, rows, {cuts[i - 1], cuts[i]});
  return end();
}

std::vector<std::byte> GuardedRun::end() {
  std::vector<std::byte> values = dst_.read();
  CHECK(dst_.gaps_are_poisoned());
  CHECK(packed_.surroundings_are_poisoned());
  CHECK(scratch_.surroundings_are_poisoned());
  return values;
}

std::vector<std::int64_t> GuardedRun::cuts_every(std::int64_t rows) const {
  const std::int64_t all = row_count(dst_spec_.shape);
  const std::int64_t step = rows == 0 ? all : (rows + granule() - 1) / granule() * granule();
  std::vector<std::int64_t> cuts{0};
  for (std::int64_t cut = step; cut < all; cut += step)
    cuts.push_back(cut);
  cuts.push_back(all);
  return cuts;
}

std::vector<std::int64_t> GuardedRun::column_cuts() const {
  const std::int64_t all = column_count(dst_spec_.shape);
  std::vector<std::int64_t> cuts{0};
  if (kernel_.column_granule != nullptr) {
    const std::int64_t step = kernel_.column_granule({op_, specs_, dst_spec_}, kernel_, config_);
    REQUIRE(step >= 1);
    for (std::int64_t cut = step; cut < all; cut += step)
      cuts.push_back(cut);
  }
  cuts.push_back(all);
  return cuts;
}

std::int64_t GuardedRun::granule() const {
  const std::int64_t rows = kernel_.row_granule({op_, specs_, dst_spec_}, kernel_, config_);
  REQUIRE(rows >= 1);
  return rows;
}

}  // namespace tilewright::kernels::tests
