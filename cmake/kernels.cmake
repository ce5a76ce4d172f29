# Kernels made by Halide: one host program per family, a few objects per instruction set.
#
#   tilewright_kernel_family(pool)
#
# takes kernels/pool/generator.cpp (a Halide generator) and kernels/pool/variants.json (its variants
# as data; the format is in kernels/halide/variants.h) and gives tilewright_kernels the objects and
# the header "kernels/pool/pool_generated.h": the functions and the table of the variants of the
# instruction sets of the processor built for.

# The instruction sets of the target processor, the best first.
set(TILEWRIGHT_ISAS "")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
    set(TILEWRIGHT_ISAS avx512vnni avx512 avx2 baseline)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
    set(TILEWRIGHT_ISAS dotprod neon)
endif()
string(TOLOWER "${CMAKE_SYSTEM_NAME}" TILEWRIGHT_KERNEL_OS)
if(TILEWRIGHT_KERNEL_OS STREQUAL darwin)
    set(TILEWRIGHT_KERNEL_OS osx)
endif()

set(TILEWRIGHT_KERNELS_FROM
    ""
    CACHE PATH
    "A finished native build of the same sources: its kernels are used again or, when cross compiling, its generators"
)
set(TILEWRIGHT_GENERATED_DIR "${PROJECT_BINARY_DIR}/generated")
if(TILEWRIGHT_KERNELS_FROM AND NOT CMAKE_CROSSCOMPILING)
    set(TILEWRIGHT_GENERATED_DIR "${TILEWRIGHT_KERNELS_FROM}/generated")
endif()

# Halide comes from the wheel in .venv; CMAKE_PREFIX_PATH would miss its lib64 on Debian.
if(NOT Halide_DIR)
    execute_process(
        COMMAND
            "${PROJECT_SOURCE_DIR}/.venv/bin/python" -c
            "import importlib.util as u; print(u.find_spec('halide').submodule_search_locations[0])"
        OUTPUT_VARIABLE halide_root
        OUTPUT_STRIP_TRAILING_WHITESPACE
        RESULT_VARIABLE halide_missing
        ERROR_QUIET
    )
    if(halide_missing)
        message(
            FATAL_ERROR
            "kernels: expected the halide wheel in ${PROJECT_SOURCE_DIR}/.venv (run tools/setup) or Halide_DIR, got neither"
        )
    endif()
    set(Halide_DIR "${halide_root}/lib64/cmake/Halide" CACHE PATH "Where Halide's CMake package is")
endif()
cmake_path(ABSOLUTE_PATH Halide_DIR NORMALIZE OUTPUT_VARIABLE halide_package)
cmake_path(APPEND halide_package "../../../include" OUTPUT_VARIABLE TILEWRIGHT_HALIDE_INCLUDE_DIR)
cmake_path(NORMAL_PATH TILEWRIGHT_HALIDE_INCLUDE_DIR)

# The generator programs: targets of this build, or, when cross compiling, of a nested build with the
# host's compiler.
function(tilewright_kernel_generators)
    set(families ${ARGV})
    if(TILEWRIGHT_KERNELS_FROM)
        foreach(family IN LISTS families)
            add_executable(generate_${family} IMPORTED GLOBAL)
            set_target_properties(
                generate_${family}
                PROPERTIES
                    IMPORTED_LOCATION "${TILEWRIGHT_KERNELS_FROM}/kernels/halide/generate_${family}"
            )
        endforeach()
        return()
    endif()
    if(NOT CMAKE_CROSSCOMPILING)
        set(TILEWRIGHT_KERNEL_FAMILIES ${families})
        add_subdirectory(halide)
        return()
    endif()
    include(ExternalProject)
    set(directory "${PROJECT_BINARY_DIR}/host_generators")
    list(TRANSFORM families PREPEND "${directory}/generate_" OUTPUT_VARIABLE programs)
    list(JOIN families "," family_list)
    ExternalProject_Add(
        host_generators
        SOURCE_DIR "${PROJECT_SOURCE_DIR}/kernels/halide"
        BINARY_DIR "${directory}"
        LIST_SEPARATOR ","
        CMAKE_ARGS
            "-DCMAKE_BUILD_TYPE=Release" "-DHalide_DIR=${Halide_DIR}"
            "-DTILEWRIGHT_KERNEL_FAMILIES=${family_list}"
        BUILD_ALWAYS ON
        BUILD_BYPRODUCTS ${programs}
        INSTALL_COMMAND ""
        USES_TERMINAL_BUILD ON
    )
    foreach(family IN LISTS families)
        add_executable(generate_${family} IMPORTED GLOBAL)
        set_target_properties(
            generate_${family}
            PROPERTIES IMPORTED_LOCATION "${directory}/generate_${family}"
        )
        add_dependencies(generate_${family} host_generators)
    endforeach()
endfunction()

# Assembles with the compiler of the project, for the processor it builds for.
set(TILEWRIGHT_ASSEMBLE "${CMAKE_CXX_COMPILER}")
if(CMAKE_CXX_COMPILER_TARGET)
    list(APPEND TILEWRIGHT_ASSEMBLE "--target=${CMAKE_CXX_COMPILER_TARGET}")
endif()

# Its assembler has to be told of the extensions of an instruction set.
set(TILEWRIGHT_ASSEMBLE_dotprod -march=armv8.2-a+dotprod)

function(tilewright_kernel_family family)
    set(variants "${PROJECT_SOURCE_DIR}/kernels/${family}/variants.json")
    # Names relative to here: Halide puts them into header guards, and objects stay the same in every
    # build tree.
    set(root "${TILEWRIGHT_GENERATED_DIR}")
    set(folder "kernels/${family}")
    file(MAKE_DIRECTORY "${root}/${folder}")
    set(outputs "${root}/${folder}/${family}_generated.h")
    if(root STREQUAL "${TILEWRIGHT_KERNELS_FROM}/generated")
        foreach(isa IN LISTS TILEWRIGHT_ISAS)
            list(APPEND outputs "${root}/${folder}/${family}_${isa}.o")
        endforeach()
        target_sources(tilewright_kernels PRIVATE ${outputs})
        return()
    endif()
    add_custom_command(
        OUTPUT "${root}/${folder}/${family}_generated.h"
        COMMAND generate_${family} table "${variants}" "${folder}/${family}" ${TILEWRIGHT_ISAS}
        DEPENDS generate_${family} "${variants}"
        WORKING_DIRECTORY "${root}"
        COMMENT "Table of ${family} kernels"
        VERBATIM
    )
    foreach(isa IN LISTS TILEWRIGHT_ISAS)
        set(object "${folder}/${family}_${isa}")
        add_custom_command(
            OUTPUT "${root}/${object}.o" "${root}/${object}.h"
            COMMAND
                generate_${family} assembly "${variants}" ${isa} ${TILEWRIGHT_KERNEL_OS} "${object}"
            COMMAND
                ${TILEWRIGHT_ASSEMBLE} ${TILEWRIGHT_ASSEMBLE_${isa}} -c "${object}.s" -o
                "${object}.o"
            DEPENDS generate_${family} "${variants}"
            WORKING_DIRECTORY "${root}"
            BYPRODUCTS "${root}/${object}.s"
            COMMENT "Generating ${family} kernels for ${isa}"
            VERBATIM
        )
        list(APPEND outputs "${root}/${object}.o" "${root}/${object}.h")
    endforeach()
    target_sources(tilewright_kernels PRIVATE ${outputs})
endfunction()
