// SPDX-License-Identifier: Apache-2.0
// What sharing steps in parts gains where one of two cores is slower: real threads, a core of which
// a real-time thread takes a part (bench/slow_core.h).
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/built_in_networks.h"
#include "bench/slow_core.h"
#include "bench/turn_timing.h"
#include "lib/compilation.h"
#include "runtime/file_io.h"
#include "runtime/step_cut.h"
#include "tools/tilewright/seeded_inputs.h"

namespace tilewright::bench {
namespace {

using Json = nlohmann::ordered_json;
using runtime::FlatPlan;
using runtime::Sharing;
using runtime::Step;

constexpr char kHelp[] =
    R"(Runs networks on two threads, one of them on a core that was made slower.

The first thread has core 0, the other core 1, of which a real-time thread takes a part of every
period. Plans run in turns, in blocks A B B A: A shares each step that is worth two threads in equal
parts, one for each. With it are compared: 2, 4 and 8 parts for each thread, by turns; the first
thread alone, on either core; and what tuning on these cores chose, and its kernels in equal parts.
The letters are those of plan_turns; printed are medians, and quartiles of the ratios.

Needs leave to have real-time threads (root, mostly).)";

constexpr int kFast = 0;
constexpr int kSlow = 1;
constexpr std::int32_t kPartsPerThread[] = {2, 4, 8};

struct Options {
  std::vector<std::string> networks;
  double factor = 2;
  std::int32_t period_us = 50;
  std::int32_t tune_ms = 4000;
  std::int32_t rounds = 15;
  std::string json_file;
};

struct Contestant {
  std::string name;
  Session session;
  std::size_t inputs = 0;
  int core = kFast;  // of the first thread
  std::vector<Block> blocks = {};
};

/// The plan with `change` made to each step that several threads share.
Plan changed(const Plan& plan, const std::function<void(Step&)>& change) {
  auto flat = std::make_shared<FlatPlan>(plan.flat());
  for (Step& step : flat->steps) {
    if (step.sharing.threads > 1) change(step);
  }
  return Plan(std::move(flat));
}

void share_in_parts(Step& step, std::int32_t per_thread) {
  Sharing finer = step.sharing;
  finer.parts = finer.threads * per_thread;
  while (!runtime::step_cuts(step).allows(finer))
    --finer.parts;
  step.sharing = finer;
}

void share_equally(Step& step) {
  step.sharing = runtime::fair_sharing(runtime::step_cuts(step), step.sharing.threads);
}

void run_alone(Step& step) {
  step.sharing = {};
}

/// Asked between measurements: threads that tuning has made meanwhile go to the slow core.
bool place_threads(void*) {
  static_cast<void>(move_others_to(kSlow));
  return false;
}

/// How the layers are shared that tuning chose, and which part of the time is that of those in more
/// parts than threads.
Json chosen_sharings(const TuningReport& report) {
  int alone = 0;
  int equal = 0;
  int in_parts = 0;
  double seconds = 0;
  double seconds_in_parts = 0;
  for (const TunedLayer& layer : report.layers) {
    const double own = layer.seconds * static_cast<double>(layer.count);
    const bool is_cut = layer.sharing.parts > layer.sharing.threads;
    ++(layer.sharing.threads == 1 ? alone : is_cut ? in_parts : equal);
    seconds += own;
    if (is_cut) seconds_in_parts += own;
  }
  return {{"alone", alone},
          {"equal", equal},
          {"in_parts", in_parts},
          {"time_in_parts", seconds > 0 ? seconds_in_parts / seconds : 0}};
}

struct Contest {
  std::vector<Contestant> contestants;  // the first is the reference
  Json sharings;
};

Result<Contest> prepare(const Model& model, const Options& options) {
  CompileOptions how{.threads = 2};
  TILEWRIGHT_TRY(const Plan plan, compile(model, how));
  TILEWRIGHT_RETURN_IF_ERROR(stay_on({kFast, kSlow}));
  how.tuning.budget = std::chrono::milliseconds(options.tune_ms);
  how.tuning.interrupt.is_wanted = place_threads;
  TILEWRIGHT_TRY(const Compilation tuned, compile_in_detail(model, how));
  Contest contest{.contestants = {}, .sharings = chosen_sharings(tuned.tuning)};
  const auto add = [&](const std::string& name, const Plan& way, int core = kFast) -> Status {
    TILEWRIGHT_TRY(Session session, Session::create(way));
    contest.contestants.push_back({name, std::move(session), way.inputs().size(), core});
    return ok();
  };
  TILEWRIGHT_RETURN_IF_ERROR(add("equal parts", plan));
  for (const std::int32_t parts : kPartsPerThread) {
    TILEWRIGHT_RETURN_IF_ERROR(
        add(std::to_string(parts) + " parts for each thread",
            changed(plan, [&](Step& step) { share_in_parts(step, parts); })));
  }
  TILEWRIGHT_RETURN_IF_ERROR(add("the fast core alone", changed(plan, run_alone)));
  TILEWRIGHT_RETURN_IF_ERROR(add("the slow core alone", changed(plan, run_alone), kSlow));
  TILEWRIGHT_RETURN_IF_ERROR(add("as tuned", tuned.plan));
  TILEWRIGHT_RETURN_IF_ERROR(add("as tuned, in equal parts", changed(tuned.plan, share_equally)));
  TILEWRIGHT_RETURN_IF_ERROR(add("equal parts again", plan));
  TILEWRIGHT_RETURN_IF_ERROR(move_others_to(kSlow));
  return contest;
}

tuner::Contender contender(Contestant& contestant) {
  return {.run = [&contestant] { return contestant.session.run(); },
          .prepare = [&contestant]() -> Status {
            tool::fill_inputs(contestant.session, contestant.inputs);
            return stay_on({contestant.core});
          }};
}

Status time_rounds(std::vector<Contestant>& contestants, std::int32_t rounds) {
  const tuner::Timer timer = tuner::machine_timer(2);
  const tuner::Contender reference = contender(contestants.front());
  const std::span<Contestant> others = std::span(contestants).subspan(1);
  for (std::size_t round = 0; round < static_cast<std::size_t>(rounds); ++round) {
    for (std::size_t i = 0; i < others.size(); ++i) {
      Contestant& other = others[(round + i) % others.size()];
      TILEWRIGHT_TRY(const Block block, time_block(reference, contender(other), {}, timer));
      other.blocks.push_back(block);
    }
  }
  return ok();
}

Quartiles quartiles_of(const std::vector<Block>& blocks, double Block::* part) {
  std::vector<double> values;
  for (const Block& block : blocks)
    values.push_back(block.*part);
  return quartiles(std::move(values));
}

Json describe(const std::vector<Contestant>& contestants) {
  Json ways = Json::array();
  for (const Contestant& way : std::span(contestants).subspan(1)) {
    const Quartiles ratio = quartiles_of(way.blocks, &Block::ratio);
    ways.push_back(
        {{"name", way.name},
         {"ms", 1e3 * quartiles_of(way.blocks, &Block::contender_seconds).median},
         {"reference_ms", 1e3 * quartiles_of(way.blocks, &Block::reference_seconds).median},
         {"ratio", ratio.median},
         {"quartiles", {ratio.lower, ratio.upper}}});
  }
  return ways;
}

void print(const Json& network) {
  const Json& chosen = network["tuned"];
  std::printf(
      "%s: a core %.2f times slower before, %.2f after; tuned: %d layers on one thread, %d in "
      "equal parts, %d in more, which take %.0f %% of the time\n",
      network["name"].get<std::string>().c_str(), network["slowness_before"].get<double>(),
      network["slowness_after"].get<double>(), chosen["alone"].get<int>(),
      chosen["equal"].get<int>(), chosen["in_parts"].get<int>(),
      100 * chosen["time_in_parts"].get<double>());
  for (const Json& way : network["ways"]) {
    std::printf("%10.3f ms of %10.3f, %.3f (%.3f to %.3f)  %s\n", way["ms"].get<double>(),
                way["reference_ms"].get<double>(), way["ratio"].get<double>(),
                way["quartiles"][0].get<double>(), way["quartiles"][1].get<double>(),
                way["name"].get<std::string>().c_str());
  }
}

/// What waking a thread costs changes on a virtual machine, so that the core is made slower anew
/// before tuning and before the turns.
Result<Json> compare(const std::string& name, const Options& options, SlowCore& slow) {
  const std::optional<Model> own = built_in_network(name);
  TILEWRIGHT_TRY(const Model model, own ? Result<Model>(*own) : Model::load(name));
  TILEWRIGHT_RETURN_IF_ERROR(slow.make_slower(options.factor, kFast));
  TILEWRIGHT_TRY(Contest contest, prepare(model, options));
  TILEWRIGHT_RETURN_IF_ERROR(slow.make_slower(options.factor, kFast));
  TILEWRIGHT_TRY(const double before, slowness(kSlow, kFast));
  TILEWRIGHT_RETURN_IF_ERROR(time_rounds(contest.contestants, options.rounds));
  TILEWRIGHT_TRY(const double after, slowness(kSlow, kFast));
  return Json{{"name", std::filesystem::path(name).stem().string()},
              {"period_us", std::chrono::duration<double, std::micro>(slow.period()).count()},
              {"slowness_before", before},
              {"slowness_after", after},
              {"tuned", std::move(contest.sharings)},
              {"ways", describe(contest.contestants)}};
}

Status run(const Options& options) {
  SlowCore slow(kSlow, std::chrono::microseconds(options.period_us));
  Json report = {
      {"factor", options.factor}, {"tune_ms", options.tune_ms}, {"networks", Json::array()}};
  for (const std::string& name : options.networks) {
    TILEWRIGHT_TRY(Json network, compare(name, options, slow));
    print(network);
    report["networks"].push_back(std::move(network));
  }
  if (options.json_file.empty()) return ok();
  const std::string text = report.dump(2) + "\n";
  return runtime::write_file(options.json_file, std::as_bytes(std::span(text)));
}

int main_program(int argc, char** argv) {
  Options options;
  CLI::App app(kHelp, "unequal_cores");
  app.add_option("NETWORK", options.networks, "files, or mobilenet_v2")->required();
  app.add_option("--factor", options.factor, "how much slower the core gets (2)")
      ->check(CLI::Range(1.25, 8.0));
  app.add_option("--period-us", options.period_us, "the shortest, of the thread that takes it (50)")
      ->check(CLI::Range(20, 10'000));
  app.add_option("--tune-ms", options.tune_ms, "for each network (4000)")
      ->check(CLI::Range(200, 600'000));
  app.add_option("--rounds", options.rounds, "blocks of each plan (15)")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--json", options.json_file, "the report, as JSON");
  CLI11_PARSE(app, argc, argv);
  const Status done = run(options);
  if (done) return 0;
  std::fprintf(stderr, "unequal_cores: %s\n", done.error().message.c_str());
  return 1;
}

}  // namespace
}  // namespace tilewright::bench

int main(int argc, char** argv) {
  try {
    return tilewright::bench::main_program(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "unequal_cores: %s\n", error.what());
    return 1;
  }
}
