// SPDX-License-Identifier: Apache-2.0
// Any bytes are either a cache, which then survives being written and read again, or a warning.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tilewright/detail/check.h"

#include "lib/tuner/cache.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace tilewright::tuner;
  const LoadedCache loaded = parse_cache({reinterpret_cast<const char*>(bytes), size});
  if (loaded.warning) {
    TILEWRIGHT_CHECK(loaded.cache.empty());
    return 0;
  }
  const LoadedCache again = parse_cache(format_cache(loaded.cache));
  TILEWRIGHT_CHECK(!again.warning);
  TILEWRIGHT_CHECK(again.cache == loaded.cache);
  return 0;
}
