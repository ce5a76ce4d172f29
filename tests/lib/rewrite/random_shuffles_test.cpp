// SPDX-License-Identifier: Apache-2.0
// Random networks whose channels are shuffled, shared out and joined all the time.
#include <algorithm>
#include <numeric>

#include "lib/graph/whole_slice.h"
#include "lib/lowering.h"
#include "lib/rewrite/rewrite.h"
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::rewriting::tests {
namespace {

using graph::ValueId;

constexpr std::uint32_t kShuffleNetworks = 400;

class ShuffleGenerator {
 public:
  explicit ShuffleGenerator(std::uint32_t seed) : random_(seed) {}

  Draft run(int ops) {
    values_ = {draft_.input({1, 4, 3, 16}), draft_.input({1, 4, 3, 24})};
    for (int i = 0; i < ops; ++i)
      step();
    draft_.output(values_.back());
    if (pick(0, 2) == 0) draft_.output(values_[values_.size() - 2]);
    return std::move(draft_);
  }

 private:
  std::int64_t pick(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
  }
  /// Mostly a late value, so that chains are long.
  ValueId pick_value() {
    const auto last = static_cast<std::int64_t>(values_.size()) - 1;
    return values_[static_cast<std::size_t>(std::max(pick(0, last), pick(0, last)))];
  }
  [[nodiscard]] std::int64_t channels(ValueId x) const { return draft_.shape(x)[3]; }
  void keep(Op op, std::vector<ValueId> inputs) {
    values_.push_back(draft_.add("n" + std::to_string(count_++), std::move(op), std::move(inputs)));
  }

  void conv(ValueId x) {
    const std::int64_t groups = std::int64_t{1} << pick(0, 2);
    if (channels(x) % groups != 0) return;
    const std::int64_t outputs = groups * pick(3, 6);
    const std::int64_t kernel = pick(0, 3) == 0 ? 3 : 1;
    const auto pad = static_cast<std::int32_t>(kernel / 2);
    const Conv2d op{
        .window = {.pad_top = pad, .pad_left = pad, .pad_bottom = pad, .pad_right = pad},
        .groups = static_cast<std::int32_t>(groups)};
    keep(op, {x, draft_.constant({outputs, kernel, kernel, channels(x) / groups}),
              draft_.constant({outputs})});
  }
  void between_groups(ValueId x) {
    const std::int64_t groups = std::int64_t{1} << pick(1, 2);
    if (channels(x) % groups != 0) return;
    const std::int64_t outputs = groups * pick(groups * 4, groups * 9);
    const Conv2d op{.groups = static_cast<std::int32_t>(groups)};
    keep(op,
         {x, draft_.constant({outputs, 1, 1, channels(x) / groups}), draft_.constant({outputs})});
    shuffle(values_.back(), groups);
    if (pick(0, 1) == 0) depthwise(values_.back());
    keep(op,
         {values_.back(), draft_.constant({16, 1, 1, outputs / groups}), draft_.constant({16})});
  }
  void depthwise(ValueId x) {
    const DepthwiseConv2d op{
        .window = {.pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1}};
    keep(op, {x, draft_.constant({3, 3, channels(x)}), draft_.constant({channels(x)})});
  }
  void shuffle(ValueId x, std::int64_t groups) {
    const Shape s = draft_.shape(x);
    if (s[3] % groups != 0) return;
    keep(Reshape{{s[0], s[1], s[2], groups, s[3] / groups}}, {x});
    keep(Transpose{{0, 1, 2, 4, 3}}, {values_.back()});
    keep(Reshape{s}, {values_.back()});
    values_.erase(values_.end() - 3, values_.end() - 1);
  }
  void permute(ValueId x) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(channels(x)));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    std::shuffle(order.begin(), order.end(), random_);
    order.resize(static_cast<std::size_t>(pick(0, 1) == 0 ? channels(x) : (channels(x) + 1) / 2));
    keep(Gather{3}, {x, draft_.indices(order)});
  }
  void share_out(ValueId x) {
    const std::int64_t half = channels(x) / 2;
    if (half == 0) return;
    const bool every_other = pick(0, 1) == 0;
    for (const std::int64_t part : {0, 1}) {
      Slice slice = graph::whole_slice(draft_.shape(x));
      slice.begin[3] = every_other ? part : part * half;
      slice.size[3] = half;
      slice.step[3] = every_other ? 2 : 1;
      keep(slice, {x});
    }
  }
  /// A unit of ShuffleNet v2.
  void unit(ValueId x) {
    if (channels(x) % 2 != 0) return;
    if (pick(0, 1) == 0) shuffle(x, 2);
    share_out(values_.back());
    const ValueId passed = values_[values_.size() - 2];
    const std::int64_t half = channels(passed);
    keep(Conv2d{}, {values_.back(), draft_.constant({half, 1, 1, channels(values_.back())}),
                    draft_.constant({half})});
    keep(Concat{3}, {passed, values_.back()});
  }
  void concat(ValueId x) {
    const ValueId y = pick_value();
    if (channels(x) + channels(y) < 60) keep(Concat{3}, {x, y});
  }
  void add(ValueId x) {
    const ValueId y = pick_value();
    if (channels(x) == channels(y)) keep(Binary{}, {x, y});
  }
  void simple(ValueId x) {
    switch (pick(0, 3)) {
      case 0:
        return keep(Activate{{ActivationKind::HardSigmoid, 0.2F, 0.5F}}, {x});
      case 1:
        return keep(Binary{BinaryKind::Mul}, {x, draft_.constant({channels(x)})});
      case 2:
        return keep(
            Pool2d{.kind = PoolKind::Average,
                   .kernel_h = 3,
                   .kernel_w = 3,
                   .window = {.pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1}},
            {x});
      default:
        return keep(Unary{UnaryKind::Abs}, {x});
    }
  }

  void step() {
    const ValueId x = pick_value();
    switch (pick(0, 11)) {
      case 0:
        return conv(x);
      case 1:
        return depthwise(x);
      case 2:
        return shuffle(x, std::int64_t{1} << pick(1, 2));
      case 3:
        return permute(x);
      case 4:
        return share_out(x);
      case 5:
      case 10:
      case 11:
        return unit(x);
      case 6:
        return concat(x);
      case 7:
        return add(x);
      case 8:
        return between_groups(x);
      default:
        return simple(x);
    }
  }

  std::mt19937 random_;
  Draft draft_;
  std::vector<ValueId> values_;
  int count_ = 0;
};

}  // namespace

TEST_CASE("passes on channels keep what random networks of shuffles compute", "[rewrite]") {
  int changed[2] = {0, 0};
  for (std::uint32_t seed = 0; seed < kShuffleNetworks; ++seed) {
    const Draft draft = ShuffleGenerator(seed).run(14);
    CAPTURE(seed);
    graph::Graph tidied = draft.graph();
    graph::tidy(tidied);
    const std::string before = graph::print(tidied);
    changed[0] += text_after(absorb_shuffles, draft) != before ? 1 : 0;
    changed[1] += text_after(order_concats, draft) != before ? 1 : 0;
  }
  CHECK(changed[0] > static_cast<int>(kShuffleNetworks) / 4);
  CHECK(changed[1] > static_cast<int>(kShuffleNetworks) / 20);
}

TEST_CASE("rewriting random networks of shuffles keeps numbers and adds no copies", "[rewrite]") {
  std::int64_t copies_before = 0;
  std::int64_t copies_after = 0;
  for (std::uint32_t seed = 0; seed < kShuffleNetworks; ++seed) {
    const Draft draft = ShuffleGenerator(seed).run(20);
    const auto rewritten = rewrite(draft.graph());
    CAPTURE(seed);
    if (!rewritten) FAIL(rewritten.error().message);
    INFO(graph::print(draft.graph()) << "became\n" << graph::print(*rewritten));
    REQUIRE(graph::tests::first_difference(draft.graph(), *rewritten, seed) == "");
    copies_before += count_copies(lower(draft.graph()));
    copies_after += count_copies(lower(*rewritten));
    CHECK(count_copies(lower(*rewritten)) <= count_copies(lower(draft.graph())));
    const auto twice = rewrite(*rewritten);
    REQUIRE(twice);
    CHECK(graph::print(*twice) == graph::print(*rewritten));
  }
  CHECK(copies_after * 4 < copies_before * 3);
}

}  // namespace tilewright::rewriting::tests
