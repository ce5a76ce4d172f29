# Files named by platform are chosen by this; no file is cut by #if.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    set(TILEWRIGHT_ARCHITECTURE x86)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$")
    set(TILEWRIGHT_ARCHITECTURE arm64)
else()
    message(FATAL_ERROR "tilewright: expected x86-64 or arm64, got '${CMAKE_SYSTEM_PROCESSOR}'")
endif()
