// SPDX-License-Identifier: Apache-2.0
#include "lib/system_word.h"

#include <algorithm>
#include <cctype>
#include <fstream>

namespace tilewright {

std::string system_word(const std::string& path) {
  constexpr std::size_t kMostBytes = 32;
  std::ifstream file(path);
  std::string word;
  if (!(file >> word) || word.size() > kMostBytes) return {};
  const auto is_plain = [](unsigned char c) { return std::isalnum(c) != 0; };
  return std::ranges::all_of(word, is_plain) ? word : std::string();
}

}  // namespace tilewright
