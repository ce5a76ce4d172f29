// SPDX-License-Identifier: Apache-2.0
// Problem files: every refusal by its message, and what is written is read again.
#include "scheduler/problem_file.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include "scheduler/solve.h"
#include "tests/scheduler/random_problem.h"

namespace tilewright::scheduler {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr const char* kStart = R"({"format":"tilewright-problem","version":1,)";

/// A file with these storages and ops, and `more` keys.
std::string file(const std::string& storages, const std::string& ops,
                 const std::string& more = "") {
  return kStart + more + "\"storages\":[" + storages + "],\"ops\":[" + ops + "]}";
}

const std::string kInput = R"({"name":"x","bytes":8,"input":true})";
const std::string kOutput = R"({"name":"y","bytes":8,"output":true})";
const std::string kCopy = R"({"name":"copy","reads":[0],"writes":[1]})";

struct Refusal {
  std::string text;
  std::string message;
};

void require_refused(const std::vector<Refusal>& table, ErrorCode code = ErrorCode::InvalidModel) {
  for (const Refusal& row : table) {
    CAPTURE(row.text.substr(0, 300));
    const auto problem = read_problem(row.text);
    REQUIRE_FALSE(problem);
    CHECK(problem.error().code == code);
    CHECK_THAT(problem.error().message, ContainsSubstring("problem: " + row.message));
  }
}

TEST_CASE("text that is not a problem is refused", "[scheduler]") {
  require_refused({
      {"", "expected JSON, got a syntax error at byte"},
      {"{", "expected JSON, got a syntax error at byte"},
      {"[1,]", "expected JSON, got a syntax error at byte"},
      {"\"\xff\"", "expected JSON, got a syntax error at byte"},
      {"{} {}", "expected JSON, got a syntax error at byte"},
      {"[]", "expected an object, got array"},
      {"{}", "format: expected a value, got none"},
      {R"({"format":"other"})", "format: expected \"tilewright-problem\", got \"other\""},
      {R"({"format":"tilewright-problem"})", "version: expected a value, got none"},
      {R"({"format":"tilewright-problem","version":2})", "version: expected 1, got 2"},
      {std::string(kStart) + "\"ops\":[]}", "storages: expected a value, got none"},
      {std::string(kStart) + "\"storages\":[]}", "ops: expected a value, got none"},
      {file("", "", "\"extra\":1,"), "extra: expected a key of the format, got another"},
      {file("", "", "\"version\":1,"), "expected each key once, got 'version' twice"},
      {file("", "", "\"alignment\":18446744073709551616,"), "expected numbers of at most 64 bits"},
  });
}

TEST_CASE("values of the wrong kind are refused with their path", "[scheduler]") {
  require_refused({
      {file("3", ""), "storages[0]: expected an object, got 3"},
      {file("{}", ""), "storages[0].bytes: expected a value, got none"},
      {file(R"({"bytes":1.5})", ""), "storages[0].bytes: expected a whole number from 0"},
      {file(R"({"bytes":-1})", ""), "storages[0].bytes: expected a whole number from 0 to"},
      {file(R"({"bytes":9223372036854775808})", ""), "storages[0].bytes: expected a whole number"},
      {file(R"({"bytes":"1"})", ""), "storages[0].bytes: expected a whole number"},
      {file(R"({"bytes":1,"input":1})", ""), "storages[0].input: expected true or false, got 1"},
      {file(R"({"bytes":1,"name":1})", ""), "storages[0].name: expected text, got 1"},
      {file(R"({"bytes":1,"place":"slow"})", ""), "storages[0].place: expected \"one_bank\" or"},
      {file(R"({"bytes":1,"size":1})", ""), "storages[0].size: expected a key of the format"},
      {file("", R"({"reads":1})"), "ops[0].reads: expected a list, got 1"},
      {file("", R"({"reads":[-1]})"), "ops[0].reads[0]: expected a whole number"},
      {file("", R"({"reads":[4294967296]})"), "ops[0].reads[0]: expected an id"},
      {file("", R"({"after":[0.5]})"), "ops[0].after[0]: expected a whole number"},
      {file("", R"({"in_place":[[1]]})"), "ops[0].in_place[0]: expected [read, write], got array"},
      {file("", R"({"kind":1})"), "ops[0].kind: expected a key of the format, got another"},
      {file("", "", R"("execution":"lazy",)"), "execution: expected \"full\" or \"streaming\""},
      {file("", "", R"("memory_limit":null,)"), "memory_limit: expected a whole number"},
      {file("", "", R"("banks":[{"bytes":1,"read_bytes_per_us":"x"}],)"),
       "banks[0].read_bytes_per_us: expected a number, got \"x\""},
  });
}

std::string bank(const std::string& values) {
  return file("", "", "\"banks\":[" + values + "],");
}

TEST_CASE("settings outside their range are refused", "[scheduler]") {
  const std::string fast = R"({"bytes":1,"read_bytes_per_us":9,"write_bytes_per_us":9})";
  const std::string slow = R"({"bytes":1,"read_bytes_per_us":3,"write_bytes_per_us":9})";
  require_refused({
      {file("", "", "\"alignment\":0,"), "alignment: expected a power of two"},
      {file("", "", "\"alignment\":48,"), "alignment: expected a power of two"},
      {file("", "", "\"alignment\":2147483648,"), "alignment: expected a power of two"},
      {bank(R"({"bytes":0,"read_bytes_per_us":9,"write_bytes_per_us":9})"),
       "bank 0 '' bytes: expected at least 1, got 0"},
      {bank(R"({"bytes":1,"read_bytes_per_us":9,"write_bytes_per_us":9,"granule_bytes":0})"),
       "bank 0 '' granule_bytes: expected at least 1, got 0"},
      {bank(R"({"bytes":1,"read_bytes_per_us":0,"write_bytes_per_us":9})"),
       "bank 0 '': expected speeds above 0"},
      {bank(slow + "," + fast), "bank 1 '': expected banks from fastest to slowest"},
  });
  REQUIRE(read_problem(bank(fast + "," + slow)));
}

TEST_CASE("graphs that break a rule are refused", "[scheduler]") {
  const std::string both = kInput + "," + kOutput;
  require_refused({
      {file(both, kCopy + R"(,{"reads":[2]})"), "op 1 ''.reads: expected ids below 2, got 2"},
      {file(both, R"({"reads":[7],"writes":[1]})"), "op 0 ''.reads: expected ids below 2, got 7"},
      {file(both, R"({"reads":[0,0],"writes":[1]})"),
       "op 0 ''.reads: expected different ids, got 0 twice"},
      {file(both, R"({"reads":[0],"writes":[1,1]})"),
       "op 0 ''.writes: expected different ids, got 1 twice"},
      {file(both, kCopy + R"(,{"after":[0,0]})"), "op 1 ''.after: expected different ids"},
      {file(both, kCopy + R"(,{"after":[9]})"), "op 1 ''.after: expected ids below 2, got 9"},
      {file(both, R"({"reads":[0],"writes":[1],"in_place":[[1,0]]})"),
       "op 0 ''.in_place: expected [a read, a write] of this op, got [1, 0]"},
      {file(both, R"({"reads":[0],"writes":[1],"in_place":[[0,1],[0,1]]})"),
       "op 0 ''.in_place: expected different pairs, got one twice"},
      {file(both, R"({"reads":[1],"writes":[1]})"),
       "op 0 '': expected to read what others write, got a cycle through its own storage 1 'y'"},
      {file(both, R"({"reads":[1],"writes":[0]})"),
       "storage 0 'x': expected no writer of an input, got op 0 ''"},
      {file(R"({"bytes":1,"constant":true})", R"({"writes":[0]})"),
       "storage 0 '': expected no writer of a constant, got op 0 ''"},
      {file(both, ""), "storage 1 'y': expected a writer, an input or a constant, got none"},
      {file(R"({"bytes":1,"constant":true,"input":true})", ""),
       "storage 0 '': expected an input or a constant, got both"},
      {file("", R"({"after":[1]},{"after":[0]})"), "op 0 '': expected an order without cycles"},
      {file("", R"({"after":[0]})"), "op 0 '': expected an order without cycles"},
      {file(R"({"bytes":8},{"bytes":8})",
            R"({"reads":[0],"writes":[1]},{"reads":[1],"writes":[0]})"),
       "op 0 '': expected an order without cycles"},
  });
}

TEST_CASE("sizes whose sum overflows are refused", "[scheduler]") {
  const std::string huge = R"({"bytes":1152921504606846976,"input":true})";
  require_refused({
      {file(huge + "," + kInput, ""), "storage 1 'x' bytes: expected sizes that sum to at most"},
      {file(R"({"bytes":9223372036854775807,"input":true})", ""),
       "storage 0 '' bytes: expected sizes that sum to at most"},
      {file("", R"({"scratch_bytes":9223372036854775807})"),
       "op 0 '' scratch_bytes: expected sizes that sum to at most"},
  });
}

TEST_CASE("limits are refused as exhausted resources", "[scheduler]") {
  std::string ops = "{}";
  for (std::size_t i = 0; i < kMaxOps; ++i)
    ops += ",{}";
  std::string storages = kInput;
  for (std::size_t i = 0; i < kMaxStorages; ++i)
    storages += "," + kInput;
  std::string banks = R"({"bytes":1,"read_bytes_per_us":1,"write_bytes_per_us":1})";
  for (std::size_t i = 0; i < kMaxBanks; ++i) {
    banks += R"(,{"bytes":1,"read_bytes_per_us":1,"write_bytes_per_us":1})";
  }
  std::string edges = "0";
  for (std::size_t i = 0; i < kMaxEdges; ++i)
    edges += ",0";
  require_refused(
      {{file("", ops), "ops: expected at most 32768, got 32769"},
       {file(storages, ""), "storages: expected at most 65536, got 65537"},
       {bank(banks), "banks: expected at most 16, got 17"},
       {file("", "{\"reads\":[" + edges + "]}"), "edges: expected at most 1048576, got 1048577"},
       {std::string(kMaxProblemFileBytes + 1, ' '), "expected at most 33554432 bytes"},
       {std::string(100'000, '['), "expected at most 8 nested levels, got more"}},
      ErrorCode::ResourceExhausted);
}

TEST_CASE("an op with more pairs than a matching can weigh is refused", "[scheduler]") {
  std::string storages;
  std::string reads;
  std::string writes;
  std::string pairs;
  for (int i = 0; i < 9; ++i) {
    const std::string comma = i == 0 ? "" : ",";
    storages += comma + kInput + "," + kOutput;
    reads += comma + std::to_string(2 * i);
    writes += comma + std::to_string(2 * i + 1);
    pairs += comma + "[" + std::to_string(2 * i) + "," + std::to_string(2 * i + 1) + "]";
  }
  const std::string op =
      R"({"reads":[)" + reads + R"(],"writes":[)" + writes + R"(],"in_place":[)" + pairs + "]}";
  require_refused({{file(storages, op),
                    "op 0 ''.in_place: different reads or writes: expected at "
                    "most 8, got 9"}},
                  ErrorCode::ResourceExhausted);
}

TEST_CASE("a problem written is the problem read", "[scheduler]") {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    Problem problem = random_problem(seed, {.unaligned = true});
    if (seed % 2 == 0) problem.memory_limit_bytes = 123'456'789'012;
    if (seed % 3 == 0) problem.stage_bytes = 0;
    if (seed % 5 == 0) problem.execution = Execution::Streaming;
    if (seed % 3 == 1) problem.storages.front().place = OperandPlace::OneBank;
    if (seed % 3 == 2) problem.storages.back().place = OperandPlace::Fast;
    if (seed % 7 == 0) problem.banks = {{"tcm", 1, 12.5, 3, 64}, {"ddr \"1\"", 9, 2, 1, 1}};
    const auto again = read_problem(write_problem(problem));
    REQUIRE(again);
    REQUIRE(*again == problem);
  }
}

TEST_CASE("names that are not UTF-8 can be written", "[scheduler]") {
  Problem problem;
  problem.storages.push_back({.name = "\xff\xfe", .bytes = 1, .input = true});
  REQUIRE(read_problem(write_problem(problem)));
}

TEST_CASE("keys that are absent take the values of the format's page", "[scheduler]") {
  const auto problem = read_problem(file(kInput + "," + kOutput, kCopy));
  REQUIRE(problem);
  REQUIRE(problem->alignment_bytes == 64);
  REQUIRE(problem->execution == Execution::Full);
  REQUIRE_FALSE(problem->memory_limit_bytes);
  REQUIRE(problem->banks.empty());
}

TEST_CASE("a solution is written with every key of the plan command", "[scheduler]") {
  const auto problem = read_problem(file(kInput + "," + kOutput, kCopy));
  REQUIRE(problem);
  const auto solution = solve(*problem);
  REQUIRE(solution);
  const auto json = nlohmann::json::parse(write_solution(*problem, *solution));
  REQUIRE(json.size() == 15);
  REQUIRE(json["peak_bytes"] == 128);
  REQUIRE(json["order_status"] == "flow_tight");
  REQUIRE(json["jointly_optimal"] == true);
  REQUIRE(json["order"] == nlohmann::json::array({0}));
  REQUIRE(json["offsets"].size() == 2);
  REQUIRE(json["scratch_offsets"] == nlohmann::json::array({nullptr}));
  REQUIRE(json["in_place_used"].empty());
  const auto inner = read_problem(json["problem"].dump());
  REQUIRE(inner);
  REQUIRE(*inner == *problem);
  for (const char* key :
       {"peak_lower_bound_bytes", "order_proven_optimal", "arena_bytes", "arena_lower_bound_bytes",
        "arena_proven_optimal", "serialized_order_peak_bytes", "greedy_arena_bytes"}) {
    CAPTURE(key);
    REQUIRE(json.contains(key));
  }
}

}  // namespace
}  // namespace tilewright::scheduler
