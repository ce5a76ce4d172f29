// SPDX-License-Identifier: Apache-2.0
#include "lib/rewrite/passes.h"

#include "lib/rewrite/pass.h"

namespace tilewright::rewriting {
namespace {

constexpr Pass kSimplifying[] = {
    {"fold_constants", fold_constants},
    {"remove_identity", remove_identity},
    {"merge_equal_nodes", merge_equal_nodes},
    {"merge_reshapes", merge_reshapes},
    {"move_transposes", move_transposes},
    {"fold_transposes", fold_transposes},
    {"recognize_activations", recognize_activations},
    {"recognize_gelu", recognize_gelu},
    {"recognize_layer_norm", recognize_layer_norm},
    {"move_reshapes", move_reshapes},
    {"fold_scale", fold_scale},
    {"fold_softmax_scale", fold_softmax_scale},
    {"turn_gathers_into_slices", turn_gathers_into_slices},
    {"move_slices", move_slices},
    {"fuse_pad", fuse_pad},
    {"fuse_activation", fuse_activation},
    {"fuse_residual", fuse_residual},
};

// While transposes still move, one that could be a reshape moves along with its like; and a scale
// may still meet a layer that takes it.
constexpr Pass kFinishing[] = {
    {"fuse_scale_shift", fuse_scale_shift},
    {"turn_transposes_into_reshapes", turn_transposes_into_reshapes},
    {"merge_reshapes", merge_reshapes},
    {"remove_identity", remove_identity},
    {"absorb_shuffles", absorb_shuffles},
    {"order_concats", order_concats},
};

}  // namespace

std::span<const Pass> simplifying_passes() {
  return kSimplifying;
}

std::span<const Pass> finishing_passes() {
  return kFinishing;
}

}  // namespace tilewright::rewriting
