# Flags of our own code; linked as $<BUILD_INTERFACE:...>, so they never reach a consumer.
add_library(tilewright_warnings INTERFACE)
target_compile_features(tilewright_warnings INTERFACE cxx_std_20)
target_compile_options(
    tilewright_warnings
    INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wswitch
)

# The library is built without exceptions and RTTI; tools and tests are built with them. Layers that
# read bytes from outside have flags of their own, where undefined behaviour is looked for.
foreach(flags IN ITEMS tilewright_flags tilewright_byte_flags)
    add_library(${flags} INTERFACE)
    target_link_libraries(${flags} INTERFACE tilewright_warnings)
    target_compile_options(
        ${flags}
        INTERFACE -fno-exceptions -fno-rtti -fvisibility=hidden -ffp-contract=off
    )
endforeach()

# Sanitizers watch the library. The programs that test it are left alone where that can be, since their
# many assertions would take half of the time of compiling; thread has to see every access.
# The check of vptr is off: it needs the RTTI that the library lacks, and tests share objects with it.
# A null pointer is found by its address. Alignment is checked in layers that read bytes from outside:
# everywhere, it would take a fifth of the time of compiling.
if(TILEWRIGHT_SANITIZE)
    set(watched tilewright_flags tilewright_byte_flags)
    if(TILEWRIGHT_SANITIZE MATCHES thread)
        set(watched tilewright_warnings)
    endif()
    foreach(flags IN LISTS watched)
        target_compile_options(
            ${flags}
            INTERFACE
                -fsanitize=${TILEWRIGHT_SANITIZE}
                -fno-sanitize-recover=all
                -fno-sanitize=vptr,null
                -fno-omit-frame-pointer
        )
    endforeach()
    target_compile_options(tilewright_flags INTERFACE -fno-sanitize=alignment)
    # Watched code and other code must agree on how Eigen allocates, which looks at the sanitizer.
    target_compile_definitions(
        tilewright_warnings
        INTERFACE TILEWRIGHT_SANITIZED EIGEN_MALLOC_ALREADY_ALIGNED=0
    )
    target_link_options(tilewright_warnings INTERFACE -fsanitize=${TILEWRIGHT_SANITIZE})
endif()
