# The package that `find_package(tilewright)` finds.
include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/tilewright")
configure_package_config_file(
    "${PROJECT_SOURCE_DIR}/cmake/config.cmake.in"
    "${PROJECT_BINARY_DIR}/tilewright-config.cmake"
    INSTALL_DESTINATION "${package_dir}"
)
write_basic_package_version_file(
    "${PROJECT_BINARY_DIR}/tilewright-config-version.cmake"
    COMPATIBILITY SameMinorVersion
)
install(
    FILES
        "${PROJECT_BINARY_DIR}/tilewright-config.cmake"
        "${PROJECT_BINARY_DIR}/tilewright-config-version.cmake"
    DESTINATION "${package_dir}"
)
install(EXPORT tilewright-targets NAMESPACE tilewright:: DESTINATION "${package_dir}")
