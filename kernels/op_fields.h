// SPDX-License-Identifier: Apache-2.0
// The fields of every op, said once: printing, files and comparison of attributes all walk them
// from here.
//
// `for_each_field(op, f)` calls f(name, value&) for each field in order. `op` may be const. A field
// is a bool, an integer, a float, an enum, an Activation, a Window, a Shape or an array of
// integers.
#pragma once

#include "tilewright/ops.h"

namespace tilewright::kernels {

template <typename T, typename U>
concept Is = std::is_same_v<std::remove_const_t<T>, U>;

template <Is<Activation> T, typename F>
void for_each_field(T& v, F&& f) {
  f("kind", v.kind), f("alpha", v.alpha), f("beta", v.beta);
}

template <Is<Window> T, typename F>
void for_each_field(T& v, F&& f) {
  f("stride_h", v.stride_h), f("stride_w", v.stride_w);
  f("dilation_h", v.dilation_h), f("dilation_w", v.dilation_w);
  f("pad_top", v.pad_top), f("pad_left", v.pad_left);
  f("pad_bottom", v.pad_bottom), f("pad_right", v.pad_right);
}

template <Is<Conv2d> T, typename F>
void for_each_field(T& v, F&& f) {
  f("window", v.window), f("groups", v.groups), f("activation", v.activation);
}

template <Is<DepthwiseConv2d> T, typename F>
void for_each_field(T& v, F&& f) {
  f("window", v.window), f("activation", v.activation);
}

template <Is<ConvTranspose2d> T, typename F>
void for_each_field(T& v, F&& f) {
  f("window", v.window), f("output_pad_h", v.output_pad_h), f("output_pad_w", v.output_pad_w);
  f("activation", v.activation);
}

template <Is<FullyConnected> T, typename F>
void for_each_field(T& v, F&& f) {
  f("activation", v.activation);
}

template <Is<MatMul> T, typename F>
void for_each_field(T& v, F&& f) {
  f("transpose_a", v.transpose_a), f("transpose_b", v.transpose_b);
}

template <Is<Pool2d> T, typename F>
void for_each_field(T& v, F&& f) {
  f("kind", v.kind), f("kernel_h", v.kernel_h), f("kernel_w", v.kernel_w), f("window", v.window);
  f("count_include_pad", v.count_include_pad), f("activation", v.activation);
}

template <Is<Activate> T, typename F>
void for_each_field(T& v, F&& f) {
  f("activation", v.activation);
}

template <Is<Unary> T, typename F>
void for_each_field(T& v, F&& f) {
  f("kind", v.kind);
}

template <Is<Binary> T, typename F>
void for_each_field(T& v, F&& f) {
  f("kind", v.kind), f("activation", v.activation);
}

template <Is<Reduce> T, typename F>
void for_each_field(T& v, F&& f) {
  f("kind", v.kind), f("axes", v.axes), f("keep_dims", v.keep_dims);
}

template <Is<Softmax> T, typename F>
void for_each_field(T& v, F&& f) {
  f("axis", v.axis), f("beta", v.beta);
}

template <Is<Resize2d> T, typename F>
void for_each_field(T& v, F&& f) {
  f("mode", v.mode), f("coordinates", v.coordinates), f("rounding", v.rounding);
  f("out_h", v.out_h), f("out_w", v.out_w), f("scale_h", v.scale_h), f("scale_w", v.scale_w);
}

template <Is<Transpose> T, typename F>
void for_each_field(T& v, F&& f) {
  f("perm", v.perm);
}

template <Is<Reshape> T, typename F>
void for_each_field(T& v, F&& f) {
  f("shape", v.shape);
}

template <Is<Broadcast> T, typename F>
void for_each_field(T& v, F&& f) {
  f("shape", v.shape);
}

template <Is<Concat> T, typename F>
void for_each_field(T& v, F&& f) {
  f("axis", v.axis);
}

template <Is<Slice> T, typename F>
void for_each_field(T& v, F&& f) {
  f("begin", v.begin), f("size", v.size), f("step", v.step);
}

template <Is<Pad> T, typename F>
void for_each_field(T& v, F&& f) {
  f("mode", v.mode), f("before", v.before), f("after", v.after), f("value", v.value);
}

template <Is<Gather> T, typename F>
void for_each_field(T& v, F&& f) {
  f("axis", v.axis);
}

template <Is<DepthToSpace> T, typename F>
void for_each_field(T& v, F&& f) {
  f("block", v.block), f("order", v.order);
}

template <Is<SpaceToDepth> T, typename F>
void for_each_field(T& v, F&& f) {
  f("block", v.block);
}

template <Is<LocalResponseNorm> T, typename F>
void for_each_field(T& v, F&& f) {
  f("size", v.size), f("alpha", v.alpha), f("beta", v.beta), f("bias", v.bias);
}

template <Is<Cast> T, typename F>
void for_each_field(T& v, F&& f) {
  f("dtype", v.dtype);
}

template <Is<LayerNorm> T, typename F>
void for_each_field(T& v, F&& f) {
  f("epsilon", v.epsilon);
}

}  // namespace tilewright::kernels
