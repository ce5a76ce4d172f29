// SPDX-License-Identifier: Apache-2.0
#include "kernels/halide/variants.h"

#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace tilewright::kernels::generators {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Params params_of(const Json& object) {
  Params params;
  for (const auto& [key, value] : object.items())
    params[key] = text_of(value);
  return params;
}

/// "dot_f32_{mr}x{nr}" with the values of the parameters.
std::string filled(const std::string& pattern, const Params& params) {
  std::string text;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '{') {
      text += pattern[at];
      continue;
    }
    const std::size_t end = pattern.find('}', at);
    if (end == std::string::npos) throw std::runtime_error("name without '}': " + pattern);
    text += params.at(pattern.substr(at + 1, end - at - 1));
    at = end;
  }
  return text;
}

bool names_isa(const std::string& key, const std::string& isa) {
  std::istringstream words(key);
  for (std::string word; words >> word;) {
    if (word == isa || word == "all") return true;
  }
  return false;
}

Variant variant_of(const Json& table, const Json& params, const std::string& isa) {
  Variant variant;
  variant.isa = isa;
  variant.params = params_of(params);
  variant.name = filled(table.at("name"), variant.params) + "_" + isa;
  for (const auto& [key, value] : params.items())
    variant.fields[key] = value.dump();
  return variant;
}

Table table_of(const Json& json, const std::vector<std::string>& isas) {
  Table table{json.at("table"), json.at("type"), json.at("generator"), {}, {}, {}, {}};
  table.prefetch_steps = json.value("prefetch_steps", std::map<std::string, int>{});
  table.panel_prefetches = json.value("panel_prefetches", std::map<std::string, std::string>{});
  for (const auto& [field, params] : json.at("functions").items())
    table.functions[field] = params_of(params);
  std::set<std::string> names;
  for (const std::string& isa : isas) {
    for (const auto& [key, variants] : json.at("variants").items()) {
      if (!names_isa(key, isa)) continue;
      for (const Json& params : variants) {
        table.variants.push_back(variant_of(json, params, isa));
        const std::string& name = table.variants.back().name;
        if (!names.insert(name).second) throw std::runtime_error("two variants named " + name);
      }
    }
  }
  return table;
}

}  // namespace

std::vector<Table> read_variants(const std::string& path, const std::vector<std::string>& isas) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<Table> tables;
  const Json json = Json::parse(file);
  for (const Json& table : json.at("tables"))
    tables.push_back(table_of(table, isas));
  return tables;
}

std::string symbol(const Variant& variant, const std::string& function) {
  return "tilewright_" + variant.name + "_" + function;
}

}  // namespace tilewright::kernels::generators
