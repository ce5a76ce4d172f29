# The standard headers that most files include, and those that take longest, are compiled once a
# target. The `release` preset builds without, so a file that forgets an include does not last.
#
#   tilewright_precompile(tilewright_program <CLI/CLI.hpp>)
function(tilewright_precompile target)
    target_precompile_headers(
        ${target}
        PRIVATE
            <algorithm>
            <array>
            <cstdint>
            <map>
            <memory>
            <optional>
            <span>
            <string>
            <string_view>
            <variant>
            <vector>
            ${ARGN}
    )
    # The first is what a compiler cache needs to tell such files apart. GCC no longer knows that a
    # precompiled header is the system's, and warns of comparisons in std::string that never run.
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        target_compile_options(${target} PRIVATE -fpch-preprocess -Wno-stringop-overread)
    endif()
endfunction()
