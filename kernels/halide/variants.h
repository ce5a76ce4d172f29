// SPDX-License-Identifier: Apache-2.0
// A family's variants.json, read: which functions to generate and how its table is written.
//
//   {"tables": [{
//     "table": "kDotVariants",         the array in <family>_generated.h ...
//     "type": "DotVariant",            ... of this struct, from
//     "kernels/<family>/<family>_variant.h" "name": "dot_f32_{mr}x{nr}",     of a variant, from its
//     parameters; the Isa is appended "generator": "dot_f32",          the registered Halide
//     generator "functions": {"start": {"add": false}, "add": {"add": true}}, "variants":
//     {"avx512": [{"mr": 14, "nr": 32}], "baseline neon": [{"mr": 4, "nr": 8}]}
//   }]}
//
// A key of "variants" is a list of instruction sets, or "all". Each variant gives one function per
// entry of "functions", generated with the parameters of the variant and those of the function. The
// struct has the fields `std::string_view name`, `Isa isa`, then one per parameter of the variant
// (parameters in the alphabet's order), then one function pointer per entry (likewise); every
// variant of a table has the same parameters. Numbers and booleans stay themselves, strings become
// literals. An entry of "prefetch_steps" (by instruction set; none without it) puts prefetches into
// all functions of the table: kernels/halide/prefetch.h. An entry of "panel_prefetches" names
// another version of a function, which prefetches the next panel as well; where nothing is
// prefetched, the field holds the function itself.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace tilewright::kernels::generators {

/// Parameters of a generator: name and C++ spelling of the value.
using Params = std::map<std::string, std::string>;

struct Variant {
  std::string name;  // "dot_f32_14x32_avx512"
  std::string isa;   // "avx512"
  Params params;     // of the generator
  Params fields;     // as C++ writes them
};

struct Table {
  std::string table, type, generator;
  std::map<std::string, Params> functions;              // by field
  std::vector<Variant> variants;                        // in the file's order
  std::map<std::string, int> prefetch_steps;            // by instruction set
  std::map<std::string, std::string> panel_prefetches;  // by field: one of `functions`
};

/// The tables of `path`, with the variants of `isas` in the order of `isas`. Throws
/// std::runtime_error.
std::vector<Table> read_variants(const std::string& path, const std::vector<std::string>& isas);

/// The symbol of one function: `tilewright_dot_f32_14x32_avx512_start`.
std::string symbol(const Variant& variant, const std::string& function);

}  // namespace tilewright::kernels::generators
