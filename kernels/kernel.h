// SPDX-License-Identifier: Apache-2.0
// What a kernel is: one way to compute one op on one instruction set, described as data and four
// functions.
//
// The unit of work is the *row*: one innermost vector of the output (for n, h, w, c: one pixel).
// Every kernel can compute any range of rows whose ends are multiples of `row_granule` (or the end
// of the output). Threads, tuning slices and bands of rows are all such ranges. Some kernels can
// compute a range of *columns*, elements of these vectors, as well: what threads share where rows
// are few. A kernel reads its inputs through base and strides, allocates nothing, starts no
// threads, and gives the same bits however rows and columns are cut.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tilewright/ops.h"
#include "tilewright/platform.h"
#include "tilewright/tensor.h"

namespace tilewright::kernels {

/// Elements from one index of a dimension to the next. The innermost stride is 1.
using Strides = std::array<std::int64_t, kMaxRank>;

[[nodiscard]] Strides dense_strides(const Shape& shape);

/// A tensor in memory, as kernels see it. Strides may leave gaps (a slice of channels, a band of
/// rows).
struct TensorRef {
  std::byte* data = nullptr;
  DType dtype = DType::Float32;
  Shape shape;
  Strides strides{};

  template <typename T>
  [[nodiscard]] T* as() const {
    return reinterpret_cast<T*>(data);
  }
};

/// An op with the specs of its operands: what is known before memory is.
struct Call {
  const Op& op;
  std::span<const TensorSpec> src;
  const TensorSpec& dst;
};

/// The runtime choices within one kernel; what each means is the family's own, 0 is "not used".
struct KernelConfig {
  std::int32_t algorithm =
      0;  // the family's enum: how the input is brought to the kernel, loop order, ...
  std::int32_t block_rows = 0;     // rows (or row panels) per cache block
  std::int32_t block_columns = 0;  // columns (or column panels) per cache block
  std::int32_t block_depth = 0;    // reduction steps per cache block

  friend bool operator==(const KernelConfig&, const KernelConfig&) = default;
};

/// Columns [begin, end) of the output; none stands behind the last.
struct ColumnRange {
  std::int64_t begin = 0;
  std::int64_t end = std::numeric_limits<std::int64_t>::max();
};

/// One execution. `src[i].data` is null where input i was packed. All spans live during the call
/// only.
struct KernelArgs {
  const Op& op;
  std::span<const TensorRef> src;
  const TensorRef& dst;
  const std::byte* packed;  // what `pack` made; aligned to kTensorAlignment
  std::byte* scratch;       // this worker's own `scratch_bytes`; aligned to kTensorAlignment
  const KernelConfig& config;
  const struct Kernel& kernel;  // the variant that is running
  std::int64_t row_begin;
  std::int64_t row_end;
  ColumnRange columns = {};  // of these rows; all, unless the kernel has a column granule
};

/// Register tile of a kernel of the dot family: mr rows times nr columns, in vectors of `lanes`
/// elements. Packed weights keep `depth` channels of a column side by side.
struct Tile {
  std::int32_t mr = 1;
  std::int32_t nr = 1;
  std::int32_t lanes = 1;
  std::int32_t depth = 1;
};

struct Kernel {
  std::string_view name;    // derived from the parameters: "dot_f32_14x32_avx512"; unique
  std::string_view family;  // the folder: "dot"
  Isa isa;
  DType dtype;  // of the activations
  Tile tile{};
  const void* functions;  // the generated functions of this variant, in the family's own struct;
                          // may be null

  /// Whether this kernel computes `call`; nothing is computed wrongly by a kernel that says yes.
  /// The op's activation is part of the question.
  bool (*supports)(const Call& call, const Kernel& kernel);
  /// The configurations worth trying, the default one first; never empty for a supported call.
  std::vector<KernelConfig> (*configs)(const Call& call, const Kernel& kernel);
  /// Whether a configuration (from a cache or a plan: bytes from outside) may run for `call`.
  bool (*config_ok)(const Call& call, const Kernel& kernel, const KernelConfig& config);
  /// Ranges of rows must begin and end at multiples of this.
  std::int64_t (*row_granule)(const Call& call, const Kernel& kernel, const KernelConfig& config);
  /// Scratch of one worker.
  std::int64_t (*scratch_bytes)(const Call& call, const Kernel& kernel, const KernelConfig& config);
  /// Bit i set: input i, a constant, is consumed by `pack` and not read by `run`.
  std::uint32_t (*packed_inputs)(const Call& call, const Kernel& kernel);
  std::int64_t (*packed_bytes)(const Call& call, const Kernel& kernel, const KernelConfig& config);
  /// Brings constants into the layout `run` reads. `constants[i]` is dense and null unless bit i is
  /// set.
  void (*pack)(const Call& call, const Kernel& kernel, const KernelConfig& config,
               std::span<const std::byte* const> constants, std::byte* packed);
  void (*run)(const KernelArgs& args);
  /// Whether the sums are of the op's own products. Others have larger rounding errors, stated in
  /// docs/numerics.md.
  bool is_exact = true;
  /// Ranges of columns must begin and end at multiples of this, or at the last column. Null if
  /// columns cannot be cut.
  std::int64_t (*column_granule)(const Call& call, const Kernel& kernel,
                                 const KernelConfig& config) = nullptr;
};

/// Rows of an output of this shape: the product of all extents but the innermost; 0 if there are no
/// elements.
[[nodiscard]] std::int64_t row_count(const Shape& dst);

/// Rows of `shape` that lie together along `axis`, one after the other; 1 if it is the innermost.
[[nodiscard]] std::int64_t rows_of_axis(const Shape& shape, int axis);

/// Columns of an output of this shape: its last extent, 1 if it has none.
[[nodiscard]] std::int64_t column_count(const Shape& dst);

/// Answers for kernels without configurations, scratch or packing.
[[nodiscard]] std::vector<KernelConfig> single_config(const Call& call, const Kernel& kernel);
[[nodiscard]] bool config_is_default(const Call& call, const Kernel& kernel,
                                     const KernelConfig& config);
[[nodiscard]] std::int64_t granule_of_one(const Call& call, const Kernel& kernel,
                                          const KernelConfig& config);
[[nodiscard]] std::int64_t granule_of_all(const Call& call, const Kernel& kernel,
                                          const KernelConfig& config);
[[nodiscard]] std::int64_t granule_of_image_row(const Call& call, const Kernel& kernel,
                                                const KernelConfig& config);
[[nodiscard]] std::int64_t no_bytes(const Call& call, const Kernel& kernel,
                                    const KernelConfig& config);
[[nodiscard]] std::uint32_t nothing_packed(const Call& call, const Kernel& kernel);
void pack_nothing(const Call& call, const Kernel& kernel, const KernelConfig& config,
                  std::span<const std::byte* const> constants, std::byte* packed);

}  // namespace tilewright::kernels
