// SPDX-License-Identifier: Apache-2.0
// `tilewright record` writes int8 layers, and replays read them.
#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "bench/tuner/recorded_table.h"
#include "lib/graph/model_file.h"
#include "lib/tuner/tune.h"
#include "runtime/cpu_features.h"
#include "runtime/file_io.h"
#include "tests/lib/int8_graphs.h"
#include "tests/lib/tuner/simulated_device.h"
#include "tests/lib/tuner/temporary_folder.h"

namespace tilewright::bench {
namespace {

TEST_CASE("a table of int8 layers is recorded, read again and searched") {
  if ((runtime::supported_isas() & runtime::bit(Isa::X86Avx2)) == 0)
    SKIP("this machine has no int8 kernels");
  const tuner::TemporaryFolder folder;
  const auto model = graph::write_model(tests::small_int8_network());
  REQUIRE(model);
  REQUIRE(runtime::write_file(folder.file("int8.tw"), *model));
  const std::string command = std::string(TILEWRIGHT_PROGRAM) + " record " +
                              folder.file("int8.tw") + " -o " + folder.file("table.json") +
                              " --rounds 2 > /dev/null";
  REQUIRE(std::system(command.c_str()) == 0);

  std::ifstream in(folder.file("table.json"));
  const nlohmann::json json = nlohmann::json::parse(in);
  CHECK(json["device"].contains("dot_per_cycle_8x2"));
  const auto table = read_table(folder.file("table.json"));
  if (!table) FAIL(table.error().message);
  REQUIRE(table->layers.size() == 3);
  tuner::TuningProblem problem;
  tuner::TrueTimes times;
  for (std::size_t i = 0; i < table->layers.size(); ++i) {
    const RecordedLayer& layer = table->layers[i];
    CAPTURE(layer.op.name);
    CHECK(layer.op.src.at(0).spec.dtype == DType::Int8);
    std::size_t rows = 0;
    for (const auto& [kernel, configs] : json["layers"][i]["samples"].items()) {
      CHECK(kernel.starts_with("dot_i8_"));
      rows += configs.size();
    }
    CHECK(layer.layer.candidates.size() == rows);
    CHECK(layer.seconds.at(0).size() == 2);
    problem.layers.push_back(layer.layer);
    std::vector<double>& of_layer = times.emplace_back();
    for (const std::vector<double>& row : layer.seconds)
      of_layer.push_back(median_seconds(row, 0));
  }
  tuner::SimulatedDevice device(times, {}, 1);
  const auto outcome = tuner::tune(problem, device, {.budget_ms = 2000});
  REQUIRE(outcome);
  for (std::size_t i = 0; i < times.size(); ++i)
    CHECK(times[i][outcome->layers[i].chosen] <= 1.05 * *std::ranges::min_element(times[i]));
}

}  // namespace
}  // namespace tilewright::bench
