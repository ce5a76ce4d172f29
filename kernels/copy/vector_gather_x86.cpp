// SPDX-License-Identifier: Apache-2.0
// Lists of channels, picked by vectors: a vector of the output takes its elements from each vector
// of the row that holds some of them, by a permutation under a mask. A shuffle of channels moves
// whole pixels this way; element by element it is bound by the stores.
#include <immintrin.h>

#include "kernels/copy/copy_kernels.h"
#include "kernels/copy/gather_rows.h"
#include "kernels/portable_kernel.h"

namespace tilewright::kernels {
namespace {

constexpr std::int64_t kLanes = 16;
/// Of a row: beyond, an output vector would meet too many others.
constexpr std::int64_t kMostVectors = 16;
constexpr std::uint32_t kAllLanes = 0xFFFF;

std::int64_t vectors_of(std::int64_t columns) {
  return (columns + kLanes - 1) / kLanes;
}

std::uint32_t lanes_of(std::int64_t vector, std::int64_t columns) {
  const std::int64_t left = columns - vector * kLanes;
  return left >= kLanes ? kAllLanes : (1U << left) - 1;
}

/// What one vector of the output takes from one vector of the row.
struct Pick {
  alignas(64) std::array<std::int32_t, kLanes> lanes;  // of the latter, for each of the former
  std::int64_t from;                                   // the first element of the latter
  std::uint32_t from_mask;                             // its elements that there are
  std::uint32_t mask;                                  // of the lanes that are taken
};

bool picks_columns(const Call& call, const Kernel& kernel) {
  if (!gather_moves(call, kernel) || call.src[1].shape.rank() != 1) return false;
  const Shape& x = call.src[0].shape;
  return size_bytes(call.dst.dtype) == 4 && std::get_if<Gather>(&call.op)->axis == x.rank() - 1 &&
         x.last() > 0 && call.dst.shape.last() > 0 && vectors_of(x.last()) <= kMostVectors &&
         vectors_of(call.dst.shape.last()) <= kMostVectors;
}

std::int64_t picks_bytes(const Call& call, const Kernel&, const KernelConfig&) {
  const std::int64_t most =
      vectors_of(call.src[0].shape.last()) * vectors_of(call.dst.shape.last());
  return most * static_cast<std::int64_t>(sizeof(Pick));
}

/// The picks of all output vectors, one after the other, and where those of each end. False if an
/// index lies outside.
template <typename Cell>
bool find_picks(const KernelArgs& args, Pick* picks, std::array<std::int64_t, kMostVectors>& ends) {
  const Cell* cells = args.src[1].as<Cell>();
  const std::int64_t extent = args.src[0].shape.last();
  const std::int64_t columns = args.dst.shape.last();
  std::int64_t count = 0;
  for (std::int64_t to = 0; to < vectors_of(columns); ++to) {
    const std::int64_t begin = count;
    for (std::int64_t i = to * kLanes; i < std::min(columns, (to + 1) * kLanes); ++i) {
      if (cells[i] < 0 || cells[i] >= extent) return false;
      const std::int64_t from = cells[i] / kLanes * kLanes;
      std::int64_t pick = begin;
      while (pick < count && picks[pick].from != from)
        ++pick;
      if (pick == count) picks[count++] = {{}, from, lanes_of(from / kLanes, extent), 0};
      picks[pick].mask |= 1U << (i % kLanes);
      picks[pick].lanes[static_cast<std::size_t>(i % kLanes)] =
          static_cast<std::int32_t>(cells[i] - from);
    }
    ends[static_cast<std::size_t>(to)] = count;
  }
  return true;
}

[[gnu::target("avx512f")]] void pick_rows(const Loop& rows, std::int64_t columns, const Pick* picks,
                                          const std::array<std::int64_t, kMostVectors>& ends,
                                          std::int32_t* dst, const std::int32_t* src) {
  for (std::int64_t row = 0; row < rows.extent; ++row) {
    const Pick* pick = picks;
    for (std::int64_t to = 0; to < vectors_of(columns); ++to) {
      __m512i vector = _mm512_setzero_si512();
      for (const Pick* end = picks + ends[static_cast<std::size_t>(to)]; pick != end; ++pick) {
        const auto from_mask = static_cast<__mmask16>(pick->from_mask);
        const __m512i from = _mm512_maskz_loadu_epi32(from_mask, src + pick->from);
        const __m512i lanes = _mm512_load_si512(pick->lanes.data());
        const auto mask = static_cast<__mmask16>(pick->mask);
        vector = _mm512_mask_permutexvar_epi32(vector, mask, lanes, from);
      }
      const auto stored = static_cast<__mmask16>(lanes_of(to, columns));
      _mm512_mask_storeu_epi32(dst + to * kLanes, stored, vector);
    }
    dst += rows.strides[0];
    src += rows.strides[1];
  }
}

void run_picks(const KernelArgs& args) {
  auto* picks = reinterpret_cast<Pick*>(args.scratch);
  std::array<std::int64_t, kMostVectors> ends{};
  const bool inside = args.src[1].dtype == DType::Int64
                          ? find_picks<std::int64_t>(args, picks, ends)
                          : find_picks<std::int32_t>(args, picks, ends);
  if (!inside) return run_gather_rows(args);
  for_each_run_of_rows(args, [&](const Loop& rows, std::byte* dst, const std::byte* src) {
    pick_rows(rows, args.dst.shape.last(), picks, ends, reinterpret_cast<std::int32_t*>(dst),
              reinterpret_cast<const std::int32_t*>(src));
  });
}

constexpr Kernel vector_kernel() {
  Kernel kernel = portable_kernel("copy", "gather_columns_avx512", picks_columns, run_picks);
  kernel.isa = Isa::X86Avx512;
  kernel.tile.lanes = kLanes;
  kernel.scratch_bytes = picks_bytes;
  return kernel;
}

constexpr Kernel kVectorKernels[] = {vector_kernel()};

}  // namespace

std::span<const Kernel> vector_gather_kernels() {
  return kVectorKernels;
}

}  // namespace tilewright::kernels
