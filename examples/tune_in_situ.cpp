// SPDX-License-Identifier: Apache-2.0
// A network that answers from the first moment on and gets faster while it does:
//
//   tune_in_situ MODEL [CACHE]
//
// Each run may try other kernels for some of its steps. What is found goes to the cache, so that
// the next start begins where this one ended.
#include <cstdio>
#include <tilewright/tilewright.h>

namespace {

int report(const tilewright::Error& error) {
  std::fprintf(stderr, "tune_in_situ: %s\n", error.message.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: tune_in_situ MODEL [CACHE]\n", stderr);
    return 2;
  }
  const auto model = tilewright::Model::load(argv[1]);
  if (!model) return report(model.error());

  tilewright::CompileOptions options;
  options.tuning.mode = tilewright::TuningMode::InSitu;
  if (argc > 2) options.tuning.cache_file = argv[2];
  const auto plan = tilewright::compile(*model, options);
  if (!plan) return report(plan.error());
  auto session = tilewright::Session::create(*plan);
  if (!session) return report(session.error());

  constexpr int kMostRuns = 1000;
  for (int run = 0; run < kMostRuns; ++run) {
    // Here an application fills its inputs and uses its outputs.
    if (auto status = session->run(); !status) return report(status.error());
    const tilewright::TuningProgress progress = session->tuning();
    if (progress.settled_layers == progress.layers) break;
  }
  const tilewright::TuningProgress done = session->tuning();
  std::printf("%lld runs, %lld trials, %d of %d layers settled, %.1f %% faster\n",
              static_cast<long long>(done.runs), static_cast<long long>(done.trials),
              done.settled_layers, done.layers, 100 * done.gain);
  if (argc > 2) {
    if (auto status = session->save_tuning(); !status) return report(status.error());
  }
  return 0;
}
