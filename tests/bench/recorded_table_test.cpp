// SPDX-License-Identifier: Apache-2.0
// What is read of a recorded table, and what is not believed.
#include "bench/tuner/recorded_table.h"

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "bench/tuner/signature_reader.h"
#include "lib/kernel_features.h"
#include "lib/tuner/device_numbers.h"
#include "lib/tuner/device_text.h"
#include "tests/lib/tuner/temporary_folder.h"

namespace tilewright::bench {
namespace {

using Json = nlohmann::json;

constexpr const char* kSignature =
    "fully_connected activation{ kind=0 alpha=0.000000 beta=0.000000 } | float32 64x512 | "
    "float32 512x512 const -> float32 64x512";

tuner::DeviceParameters odd_device() {
  tuner::DeviceParameters device{.clock_hz = 3.6722516735821943e9, .l1_bytes = 49152};
  device.l2 = {.size_bytes = 2 << 20, .bytes_per_second = 1e11 / 3};
  device.vectors[3].fma_per_cycle = 1.9988;
  return device;
}

Json json_of(const tuner::DeviceParameters& device) {
  Json json = {{"name", "a machine"}};
  tuner::for_each_number(device,
                         [&](const std::string& name, double number) { json[name] = number; });
  return json;
}

/// A table of all candidates of one layer.
Json some_table() {
  Json samples = Json::object();
  auto op = read_signature(kSignature);
  REQUIRE(op);
  const auto all = kernel_candidates(*op, ~runtime::IsaMask{0}, {});
  REQUIRE(all);
  for (const KernelChoice& choice : *all) {
    const std::string name = candidate_name(choice);
    const std::size_t slash = name.find('/');
    samples[name.substr(0, slash)][name.substr(slash + 1)] = {5000, 5100};
  }
  return {{"format", "tilewright-table"},
          {"version", 1},
          {"layers",
           {{{"name", "fc"},
             {"count", 2},
             {"signature", kSignature},
             {"unit_ns", 10},
             {"samples", std::move(samples)}}}}};
}

Result<RecordedTable> read_text(
    const std::string& text, const std::optional<tuner::DeviceParameters>& device = std::nullopt) {
  const tuner::TemporaryFolder folder;
  std::ofstream(folder.file("net_cpu.json")) << text;
  return read_table(folder.file("net_cpu.json"), device);
}

/// What is said of a table that is not read, behind its path.
std::string refusal(const std::string& text) {
  const auto table = read_text(text);
  if (table) return "";
  CHECK(table.error().code == ErrorCode::InvalidArgument);
  const std::string& message = table.error().message;
  const std::size_t end = message.find("net_cpu.json: ");
  REQUIRE(end != std::string::npos);
  return message.substr(end + std::string("net_cpu.json: ").size());
}

std::vector<double> analytic_times(const RecordedTable& table) {
  std::vector<double> times;
  for (const tuner::Candidate& candidate : table.layers.at(0).layer.candidates)
    times.push_back(candidate.analytic_log_seconds);
  return times;
}

}  // namespace

TEST_CASE("analytic times of a table are those of the device that it was recorded on") {
  Json json = some_table();
  const auto usual = read_text(json.dump());
  json["device"] = json_of(odd_device());
  const auto table = read_text(json.dump());
  REQUIRE(usual);
  REQUIRE(table);
  CHECK(table->name == "net_cpu");
  CHECK(tuner::format_device(table->device) == tuner::format_device(odd_device()));
  REQUIRE(table->layers.size() == 1);
  const RecordedLayer& layer = table->layers[0];
  CHECK(layer.layer.count == 2);
  CHECK(layer.seconds.at(0).size() == 2);
  const auto all = kernel_candidates(layer.op, ~runtime::IsaMask{0}, odd_device());
  REQUIRE(all);
  std::vector<double> expected;
  for (const KernelChoice& choice : *all)
    expected.push_back(analytic_log_seconds(layer.op, choice, odd_device()));
  CHECK(analytic_times(*table) == expected);
  CHECK(analytic_times(*usual) != expected);
}

TEST_CASE("a table that does not tell its device is read with the cost model's defaults") {
  const auto table = read_text(some_table().dump());
  REQUIRE(table);
  CHECK(tuner::format_device(table->device) == tuner::format_device({}));
}

TEST_CASE("what a table of an older build does not tell of its device is assumed") {
  Json json = some_table();
  json["device"] = json_of(odd_device());
  for (const char* name : {"dot_per_cycle_4x4", "dot_per_cycle_8x2", "dot_per_cycle_16x4"})
    CHECK(json["device"].erase(name) == 1);
  const auto table = read_text(json.dump());
  REQUIRE(table);
  CHECK(table->device.clock_hz == odd_device().clock_hz);
  CHECK(table->device.dots[0].per_cycle == tuner::DeviceParameters{}.dots[0].per_cycle);
  json["device"].erase("fma_per_cycle_16");
  CHECK_FALSE(read_text(json.dump()));
}

TEST_CASE("a caller's device is taken in place of the table's") {
  Json json = some_table();
  json["device"] = json_of({});
  const auto table = read_text(json.dump(), odd_device());
  json["device"] = json_of(odd_device());
  const auto same = read_text(json.dump());
  REQUIRE(table);
  REQUIRE(same);
  CHECK(tuner::format_device(table->device) == tuner::format_device(odd_device()));
  CHECK(analytic_times(*table) == analytic_times(*same));
}

TEST_CASE("unmeasured, a device has its own caches and usual rates") {
  tuner::DeviceParameters expected;
  expected.l1_bytes = odd_device().l1_bytes;
  expected.l2.size_bytes = odd_device().l2.size_bytes;
  expected.l3.size_bytes = odd_device().l3.size_bytes;
  CHECK(tuner::format_device(unmeasured(odd_device())) == tuner::format_device(expected));
}

TEST_CASE("a table with a broken device is refused, and the number is named") {
  const Json device = json_of(odd_device());
  for (const auto& [name, number] : device.items()) {
    if (name == "name") continue;
    for (const Json& broken : {Json(0), Json(-1), Json(1e300), Json(1e-300), Json(nullptr),
                               Json("3.7e9"), Json(true), Json::array()}) {
      CAPTURE(name, broken.dump());
      Json json = some_table();
      json["device"] = device;
      json["device"][name] = broken;
      CHECK(refusal(json.dump()) ==
            "device: " + name + ": expected numbers from 1e-12 to 1e18, got " + broken.dump());
    }
    if (tuner::is_new_number(name)) continue;  // older builds lack it
    Json json = some_table();
    json["device"] = device;
    json["device"].erase(name);
    CAPTURE(name);
    CHECK(refusal(json.dump()).find("'" + name + "' not found") != std::string::npos);
  }
}

TEST_CASE("a table whose device is no object, or holds what is no number, is refused") {
  for (const char* broken : {"null", "1", "[]", "\"cpu\"", "{}", "{\"clock_hz\": 1e999}",
                             "{\"clock_hz\": NaN}", "{\"clock_hz\": -Infinity}"}) {
    CAPTURE(broken);
    std::string text = some_table().dump();
    text.insert(1, std::string("\"device\": ") + broken + ",");
    CHECK(refusal(text).starts_with("expected a recorded table, got "));
  }
}

TEST_CASE("a table with samples or counts that cannot be is refused") {
  const auto with = [](const char* name, const Json& broken) {
    Json json = some_table();
    Json& layer = json["layers"][0];
    (std::string(name) == "samples" ? layer["samples"].front().front() : layer[name]) = broken;
    return refusal(json.dump());
  };
  for (const Json& broken : {Json({1, 0}), Json({-1, 1}), Json({1e300}), Json::array()}) {
    CAPTURE(broken.dump());
    CHECK(
        with("samples", broken).find("expected numbers from 1e-12 to 1e18, got " + broken.dump()) !=
        std::string::npos);
  }
  CHECK(with("unit_ns", 0) == "unit_ns: expected numbers from 1e-12 to 1e18, got 0");
  CHECK(with("count", 0) == "count: expected 1 to 1000000 ops, got 0");
  CHECK(with("count", -1) == "count: expected 1 to 1000000 ops, got -1");
  CHECK(with("count", 1.5) == "count: expected 1 to 1000000 ops, got 1.5");
  CHECK(with("samples", "many").starts_with("expected a recorded table, got "));
  CHECK(with("signature", "conv9d").starts_with("signature 'conv9d': "));
}

TEST_CASE("what is no table of this version is refused") {
  Json json = some_table();
  json["version"] = 2;
  CHECK(refusal(json.dump()) == "expected a recorded table of version 1");
  json["format"] = "tilewright-tuning-cache";
  CHECK(refusal(json.dump()) == "expected a recorded table of version 1");
  CHECK(refusal("[]").starts_with("expected a recorded table, got "));
  CHECK(refusal("no JSON").starts_with("expected a recorded table, got "));
  CHECK(refusal("").starts_with("expected a recorded table, got "));
}

}  // namespace tilewright::bench
