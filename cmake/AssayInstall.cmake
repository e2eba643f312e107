# What `cmake --install` puts below the prefix: the executable, and the package that
# find_package(Assay) finds. Nothing in it names the build or the source tree: it may be moved.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/Assay")
configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/AssayConfig.cmake.in" "${PROJECT_BINARY_DIR}/AssayConfig.cmake"
  INSTALL_DESTINATION "${package_dir}" NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/AssayConfigVersion.cmake" COMPATIBILITY SameMinorVersion)

install(TARGETS assay EXPORT AssayTargets RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(EXPORT AssayTargets NAMESPACE Assay:: DESTINATION "${package_dir}")
install(FILES "${PROJECT_BINARY_DIR}/AssayConfig.cmake"
              "${PROJECT_BINARY_DIR}/AssayConfigVersion.cmake"
              "${CMAKE_CURRENT_LIST_DIR}/Assay.cmake"
              "${CMAKE_CURRENT_LIST_DIR}/AssayDiscover.cmake"
        DESTINATION "${package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
# The ctest scripts with their CI templates, and what sets a CDash up: <prefix>/share/assay.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/ctest_scripts"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/assay" USE_SOURCE_PERMISSIONS)
install(FILES "${PROJECT_SOURCE_DIR}/cmake/dependencies.cmake"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/assay/cmake")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/dashboards/cdash"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/assay/dashboards")
