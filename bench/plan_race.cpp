// SPDX-License-Identifier: Apache-2.0
#include "bench/plan_race.h"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "lib/tuner/measure.h"
#include "runtime/file_io.h"
#include "tools/tilewright/seeded_inputs.h"

namespace tilewright::bench {
namespace {

Error in_file(const std::string& file, Error error) {
  if (!error.message.starts_with(file)) error.message = file + ": " + error.message;
  return error;
}

Result<Racer> open_racer(const std::string& file, std::int32_t threads) {
  const auto plan = Plan::load(file);
  if (!plan) return in_file(file, plan.error());
  auto session = Session::create(*plan, {.threads = threads});
  if (!session) return in_file(file, session.error());
  const std::int32_t most = plan->requirements().threads;
  return Racer{.session = std::move(*session),
               .inputs = plan->inputs().size(),
               .threads = threads == 0 ? most : std::min(threads, most)};
}

tuner::Contender contender(Racer& racer) {
  return {.run = [&racer] { return racer.session.run(); },
          .prepare = [&racer]() -> Status {
            tool::fill_inputs(racer.session, racer.inputs);
            return ok();
          }};
}

}  // namespace

Result<Race> open_race(const std::vector<std::string>& files, std::int32_t threads) {
  constexpr std::int64_t kAnySize = std::numeric_limits<std::int64_t>::max();
  Race race;
  std::vector<runtime::MappedFile> contents;  // by racer
  for (std::size_t i = 0; i < files.size(); ++i) {
    TILEWRIGHT_TRY(runtime::MappedFile content, runtime::map_file(files[i], kAnySize));
    const auto same = std::ranges::find_if(contents, [&](const runtime::MappedFile& other) {
      return std::ranges::equal(content.bytes, other.bytes);
    });
    race.racer_of.push_back(static_cast<std::size_t>(same - contents.begin()));
    if (same != contents.end()) continue;
    TILEWRIGHT_TRY(Racer racer, open_racer(files[i], threads));
    race.racers.push_back(std::move(racer));
    race.first_file.push_back(i);
    contents.push_back(std::move(content));
  }
  TILEWRIGHT_TRY(Racer control, open_racer(files[0], threads));
  race.racers.push_back(std::move(control));
  return race;
}

Status time_race(Race& race, std::int32_t rounds, const Letter& letter) {
  const std::span<Racer> others = std::span(race.racers).subspan(1);
  const tuner::Contender reference = contender(race.racers[0]);
  const std::int32_t threads = std::ranges::max_element(race.racers, {}, &Racer::threads)->threads;
  const tuner::Timer timer = tuner::machine_timer(threads);
  for (std::size_t round = 0; round < static_cast<std::size_t>(rounds); ++round) {
    for (std::size_t i = 0; i < others.size(); ++i) {
      Racer& other = others[(round + i) % others.size()];
      TILEWRIGHT_TRY(const Block block, time_block(reference, contender(other), letter, timer));
      other.blocks.push_back(block);
    }
  }
  return ok();
}

}  // namespace tilewright::bench
