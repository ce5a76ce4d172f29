// SPDX-License-Identifier: Apache-2.0
#include "lib/device_profile.h"

#include <vector>

#include "lib/cache_sizes.h"
#include "lib/core_classes.h"
#include "lib/dot_peak.h"
#include "lib/fma_peak.h"
#include "lib/vector_reads.h"
#include "runtime/cpu_features.h"

namespace tilewright {
namespace {

/// Lanes of the vectors that `spin_fma` and `read_vectors` use.
std::int32_t lanes_of(Isa isa) {
  switch (isa) {
    case Isa::X86Avx512:
    case Isa::X86Avx512Vnni:
      return 16;
    case Isa::X86Avx2:
      return 8;
    case Isa::X86Baseline:
    case Isa::Arm64Neon:
    case Isa::Arm64Dotprod:
      return 4;
    case Isa::Portable:
      return 1;
  }
  return 1;
}

std::vector<tuner::PeakProbe> peak_probes() {
  std::vector<tuner::PeakProbe> probes;
  for (const Isa isa : {Isa::X86Baseline, Isa::X86Avx2, Isa::X86Avx512, Isa::Arm64Neon}) {
    if ((runtime::supported_isas() & runtime::bit(isa)) == 0) continue;
    const std::int32_t lanes = lanes_of(isa);
    probes.push_back(
        {.lanes = lanes,
         .fma_count = spin_flops(isa) / (2 * lanes),
         .run =
             [isa] {
               volatile float sink = spin_fma(isa);
               static_cast<void>(sink);
             },
         .read = [isa](std::span<const std::byte> bytes) { read_vectors(isa, bytes); }});
  }
  for (const DotPeak& peak : dot_peaks(runtime::supported_isas())) {
    probes.push_back({.lanes = peak.lanes,
                      .products = peak.products,
                      .fma_count = peak.steps,
                      .run = [spin = peak.spin] {
                        volatile std::int32_t sink = spin();
                        static_cast<void>(sink);
                      }});
  }
  return probes;
}

}  // namespace

tuner::DeviceParameters assumed_device() {
  tuner::DeviceParameters device;
  const CacheSizes told = cache_sizes();
  device.l1_bytes = told.l1_bytes.value_or(device.l1_bytes);
  device.l2.size_bytes = told.l2_bytes.value_or(device.l2.size_bytes);
  device.l3.size_bytes = told.l3_bytes.value_or(device.l3.size_bytes);
  return device;
}

tuner::DeviceParameters measured_device() {
  return tuner::measure_device(assumed_device(), peak_probes(), tuner::machine_timer());
}

std::string device_name() {
  const tuner::DeviceParameters device = assumed_device();
  const std::string cores = core_classes();
  const auto kib = [](double bytes) { return std::to_string(static_cast<long>(bytes / 1024)); };
  return runtime::cpu_fingerprint() + " caches " + kib(device.l1_bytes) + "," +
         kib(device.l2.size_bytes) + "," + kib(device.l3.size_bytes) + " KiB pages " +
         std::to_string(page_bytes()) + (cores.empty() ? "" : " cores " + cores);
}

}  // namespace tilewright
