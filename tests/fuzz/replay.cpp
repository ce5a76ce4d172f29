// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target on every file of a corpus, and on files that are cut short or have a byte
// changed, chosen by a fixed seed: the same inputs each time, with any compiler.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size_bytes);

namespace {

constexpr int kCutsPerFile = 64;
constexpr int kChangesPerFile = 256;

std::vector<std::uint8_t> read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A copy of exactly the size, so that a sanitizer sees a read past its end.
void run(std::vector<std::uint8_t> input) {
  input.shrink_to_fit();
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

void run_neighbours(const std::vector<std::uint8_t>& input) {
  if (input.empty()) return;
  std::mt19937_64 random(input.size());
  for (int cut = 0; cut < kCutsPerFile; ++cut) {
    const auto end = static_cast<std::ptrdiff_t>(random() % input.size());
    run({input.begin(), input.begin() + end});
  }
  for (int change = 0; change < kChangesPerFile; ++change) {
    std::vector<std::uint8_t> changed = input;
    changed[random() % changed.size()] = static_cast<std::uint8_t>(random());
    run(std::move(changed));
  }
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2 || !std::filesystem::is_directory(arguments[1])) {
    std::fprintf(stderr, "usage: %s CORPUS_FOLDER\n", arguments[0]);
    return 2;
  }
  std::set<std::filesystem::path> paths;  // sorted, so that every run goes the same way
  for (const auto& entry : std::filesystem::directory_iterator(arguments[1])) {
    if (entry.is_regular_file()) paths.insert(entry.path());
  }
  for (const std::filesystem::path& path : paths) {
    const std::vector<std::uint8_t> input = read_file(path);
    run(input);
    run_neighbours(input);
  }
  std::printf("%zu files and their neighbours\n", paths.size());
  return paths.empty() ? 1 : 0;
}
