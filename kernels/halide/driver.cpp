// SPDX-License-Identifier: Apache-2.0
// The host program of a kernel family: generates all its kernels of one instruction set into one
// file of assembly, or the table of its variants.
//
//   generate_dot assembly VARIANTS.json ISA OS PREFIX     writes PREFIX.s and PREFIX.h
//   generate_dot table VARIANTS.json PREFIX ISA...        writes PREFIX_generated.h
//
// One process per file, since a kernel costs some 50 ms and the start of a process as much.
// Source: Halide 21's own GenGen does the same with Internal::GeneratorRegistry, one function at a
// time.
#include <cstdio>
#include <exception>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <Halide.h>

#include "kernels/halide/prefetch.h"
#include "kernels/halide/variants.h"

namespace tilewright::kernels::generators {
namespace {

struct IsaTarget {
  const char* isa;
  const char* enumerator;
  const char* target;  // {os} is replaced; implied features are spelt out, as Halide wants them
};

constexpr IsaTarget kIsaTargets[] = {
    // The first Halide target with VNNI; a test holds the code to it and the features of avx512.
    {"avx512vnni", "X86Avx512Vnni",
     "x86-64-{os}-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake-avx512_cannonlake-avx512_zen4"},
    {"avx512", "X86Avx512", "x86-64-{os}-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake"},
    {"avx2", "X86Avx2", "x86-64-{os}-sse41-avx-f16c-fma-avx2"},
    {"baseline", "X86Baseline", "x86-64-{os}"},
    {"dotprod", "Arm64Dotprod", "arm-64-{os}-arm_dot_prod"},
    {"neon", "Arm64Neon", "arm-64-{os}"},
};

const IsaTarget& isa_target(const std::string& isa) {
  for (const IsaTarget& row : kIsaTargets) {
    if (isa == row.isa) return row;
  }
  throw std::runtime_error("unknown instruction set " + isa);
}

/// Kernels check nothing, ask nothing of Halide's runtime and answer no queries: our C++ does.
Halide::Target halide_target(const std::string& isa, const std::string& os) {
  std::string text = isa_target(isa).target;
  text.replace(text.find("{os}"), 4, os);
  return Halide::Target(text + "-no_asserts-no_bounds_query-no_runtime");
}

/// The module without the argv wrappers and metadata that a build of Halide's own would use.
Halide::Module stripped(const Halide::Module& module) {
  Halide::Module copy(module.name(), module.target());
  for (const Halide::Internal::LoweredFunc& function : module.functions()) {
    Halide::Internal::LoweredFunc plain = function;
    if (plain.linkage != Halide::LinkageType::Internal)
      plain.linkage = Halide::LinkageType::External;
    copy.append(plain);
  }
  return copy;
}

struct Function {
  std::string field;
  Params params;
  Prefetches prefetches;
};

/// What is generated for the variants of an instruction set.
std::vector<Function> functions_of(const Table& table, const std::string& isa) {
  const auto steps = table.prefetch_steps.find(isa);
  const bool has_prefetches = steps != table.prefetch_steps.end();
  const int count = has_prefetches ? steps->second : 0;
  std::vector<Function> functions;
  for (const auto& [field, params] : table.functions)
    functions.push_back({field, params, {count, false}});
  if (!has_prefetches) return functions;
  for (const auto& [field, base] : table.panel_prefetches)
    functions.push_back({field, table.functions.at(base), {count, true}});
  return functions;
}

Halide::Module build(const Table& table, const Variant& variant, const Function& function,
                     const Halide::Target& target) {
  auto generator = Halide::Internal::GeneratorRegistry::create(table.generator,
                                                               Halide::GeneratorContext(target));
  if (!generator) throw std::runtime_error("no generator named " + table.generator);
  Halide::GeneratorParamsMap params;
  for (const auto& [key, value] : variant.params)
    params[key] = value;
  for (const auto& [key, value] : function.params)
    params[key] = value;
  generator->set_generatorparam_values(params);
  Halide::Module module = stripped(generator->build_module(symbol(variant, function.field)));
  if (function.prefetches.steps > 0) {
    for (Halide::Internal::LoweredFunc& part : module.functions())
      part.body = with_prefetches(part.body, function.prefetches);
  }
  return module;
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path);
  out << text;
  if (!out.flush()) throw std::runtime_error("cannot write " + path);
}

/// Functions begin at lines of the cache: the loops of a kernel then lie alike in all programs. At
/// 16 bytes, as LLVM has it, linking a program anew changed networks by up to 4 %.
std::string with_aligned_functions(std::string assembly) {
  constexpr std::string_view kFunction = "\t.globl\t";
  constexpr std::string_view kAlign = "\t.p2align\t";
  for (std::size_t at = 0; (at = assembly.find(kFunction, at)) != std::string::npos;) {
    at = assembly.find('\n', at) + 1;
    if (assembly.compare(at, kAlign.size(), kAlign) != 0) continue;
    const std::size_t number = at + kAlign.size();
    const std::size_t end = assembly.find_first_not_of("0123456789", number);
    assembly.replace(number, end - number, "6");
  }
  return assembly;
}

/// Halide's prefetches become those that were meant.
void mend_assembly(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file || !text) throw std::runtime_error("cannot read " + path);
  write_file(path, with_aligned_functions(with_kept_prefetches(text.str())));
}

void write_assembly(const std::vector<std::string>& args) {
  const std::string& isa = args.at(1);
  const std::string& prefix = args.at(3);
  const Halide::Target target = halide_target(isa, args.at(2));
  std::vector<Halide::Module> modules;
  for (const Table& table : read_variants(args.at(0), {isa})) {
    for (const Variant& variant : table.variants) {
      for (const Function& function : functions_of(table, isa))
        modules.push_back(build(table, variant, function, target));
    }
  }
  if (modules.empty()) modules.emplace_back(prefix, target);
  Halide::Module linked = Halide::link_modules(prefix, modules);
  // A copied or linked module forgets this, and LLVM then treats strict operations as fast ones.
  linked.set_any_strict_float(true);
  linked.compile({{Halide::OutputFileType::assembly, prefix + ".s"},
                  {Halide::OutputFileType::c_header, prefix + ".h"}});
  mend_assembly(prefix + ".s");
}

void write_table(std::ostream& out, const Table& table) {
  out << "inline constexpr std::array<" << table.type << ", " << table.variants.size() << "> "
      << table.table << " = {{\n";
  for (const Variant& variant : table.variants) {
    out << "    {.name = \"" << variant.name
        << "\",\n     .isa = Isa::" << isa_target(variant.isa).enumerator;
    for (const auto& [key, value] : variant.fields)
      out << ",\n     ." << key << " = " << value;
    for (const auto& [field, params] : table.functions)
      out << ",\n     ." << field << " = " << symbol(variant, field);
    if (table.prefetch_steps.contains(variant.isa)) {
      for (const auto& [field, base] : table.panel_prefetches)
        out << ",\n     ." << field << " = " << symbol(variant, field);
    }
    out << "},\n";
  }
  out << "}};\n";
}

void write_tables(const std::vector<std::string>& args) {
  const std::string& prefix = args.at(1);
  const std::vector<std::string> isas(args.begin() + 2, args.end());
  std::ostringstream out;
  out << "// Generated from variants.json.\n#pragma once\n\n#include <array>\n\n";
  for (const std::string& isa : isas)
    out << "#include \"" << prefix << "_" << isa << ".h\"\n";
  out << "#include \"" << prefix << "_variant.h\"\n\nnamespace tilewright::kernels {\n\n";
  for (const Table& table : read_variants(args.at(0), isas))
    write_table(out, table);
  out << "\n}  // namespace tilewright::kernels\n";
  write_file(prefix + "_generated.h", out.str());
}

int run(const std::string& command, const std::vector<std::string>& args) try {
  if (command == "assembly" && args.size() == 4) {
    write_assembly(args);
  } else if (command == "table" && args.size() >= 2) {
    write_tables(args);
  } else {
    throw std::runtime_error(
        "expected: assembly VARIANTS ISA OS PREFIX | table VARIANTS PREFIX ISA...");
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "generator: %s\n", error.what());
  return 1;
}

}  // namespace
}  // namespace tilewright::kernels::generators

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  return tilewright::kernels::generators::run(args.empty() ? "" : args[0],
                                              {args.begin() + (args.empty() ? 0 : 1), args.end()});
}
