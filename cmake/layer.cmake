# A layer is a static library that links only the layers below it.
#
#   tilewright_layer(scheduler SOURCES ... PUBLIC tilewright::include PRIVATE ...)
#
# Everything PRIVATE must be header-only or a layer of ours: it never reaches a consumer. READS_BYTES
# stands in layers that take bytes from outside for values (see flags.cmake).
function(tilewright_layer name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "READS_BYTES" "" "SOURCES;PUBLIC;PRIVATE")
    add_library(tilewright_${name} STATIC ${arg_SOURCES})
    add_library(tilewright::${name} ALIAS tilewright_${name})
    set_target_properties(
        tilewright_${name}
        PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON
    )
    target_include_directories(tilewright_${name} PRIVATE "${PROJECT_SOURCE_DIR}")
    target_link_libraries(tilewright_${name} PUBLIC ${arg_PUBLIC})
    foreach(library IN LISTS arg_PRIVATE)
        target_link_libraries(tilewright_${name} PRIVATE $<BUILD_INTERFACE:${library}>)
    endforeach()
    set(flags tilewright_flags)
    if(arg_READS_BYTES)
        set(flags tilewright_byte_flags)
    endif()
    target_link_libraries(tilewright_${name} PRIVATE $<BUILD_INTERFACE:${flags}>)
    install(
        TARGETS tilewright_${name}
        EXPORT tilewright-targets
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    )
endfunction()

# One test executable per top-level folder. Its tests are labelled with the folder's name and with the
# presets that run them besides `dev`: asan, tsan, arm64, or model for whole models in `release`.
#
#   tilewright_test(scheduler SOURCES ... LINK tilewright::scheduler LABELS asan arm64)
function(tilewright_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK;LABELS")
    add_executable(${name}_tests ${arg_SOURCES})
    target_include_directories(
        ${name}_tests
        PRIVATE "${PROJECT_SOURCE_DIR}" "${CMAKE_CURRENT_BINARY_DIR}"
    )
    # Only files that use the path are compiled with it: the others are the same in every checkout,
    # which a compiler cache makes use of.
    foreach(source IN LISTS arg_SOURCES)
        file(STRINGS ${source} uses REGEX TILEWRIGHT_SOURCE_DIR LIMIT_COUNT 1)
        if(uses)
            set_property(
                SOURCE ${source}
                APPEND
                PROPERTY COMPILE_DEFINITIONS TILEWRIGHT_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
            )
        endif()
    endforeach()
    # Designated initialisers name what a test is about and leave the rest at its default.
    target_compile_options(${name}_tests PRIVATE -Wno-missing-field-initializers)
    # For tests that would replace functions of the C library, or count what an emulator does too.
    if(CMAKE_EXE_LINKER_FLAGS MATCHES "-static")
        target_compile_definitions(${name}_tests PRIVATE TILEWRIGHT_STATIC_PROGRAMS)
    endif()
    target_link_libraries(
        ${name}_tests
        PRIVATE ${arg_LINK} Catch2::Catch2WithMain tilewright_warnings
    )
    if(TILEWRIGHT_LEAVE_TESTS IN_LIST arg_LABELS)
        set_target_properties(${name}_tests PROPERTIES EXCLUDE_FROM_ALL ON)
        return()
    endif()
    catch_discover_tests(${name}_tests TEST_PREFIX "${name}: " DISCOVERY_MODE PRE_TEST)
    foreach(label IN LISTS arg_LABELS)
        add_dependencies(${label}_tests ${name}_tests)
    endforeach()

    # catch_discover_tests splits a list of labels, so ctest sets them itself, after it found the tests.
    set(label_file "${CMAKE_CURRENT_BINARY_DIR}/${name}_labels.cmake")
    file(
        WRITE "${label_file}"
        "if(${name}_tests_TESTS)\n"
        "    set_tests_properties(\${${name}_tests_TESTS} PROPERTIES LABELS \"${name};${arg_LABELS}\")\n"
        "endif()\n"
    )
    set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${label_file}")
endfunction()
