# clang-tidy over all sources as a build target, one stamp per source: what passed and did not
# change is not looked at again. `cmake --build . --target tidy`.
find_program(CLANG_TIDY clang-tidy-16)
if(NOT CLANG_TIDY)
  message(FATAL_ERROR "ASSAY_SLOW_TESTS needs clang-tidy-16 (Debian: clang-tidy-16)")
endif()
file(GLOB_RECURSE tidy_sources CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}"
     "${PROJECT_SOURCE_DIR}/harness/*.cpp")
file(GLOB_RECURSE tidy_headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/harness/*.h")
set(tidy_stamps "")
foreach(source IN LISTS tidy_sources)
  set(stamp "${CMAKE_CURRENT_BINARY_DIR}/tidy/${source}.stamp")
  cmake_path(GET stamp PARENT_PATH directory)
  file(MAKE_DIRECTORY "${directory}")
  add_custom_command(
    OUTPUT "${stamp}"
    COMMAND "${CLANG_TIDY}" --quiet -p "${PROJECT_BINARY_DIR}"
            # GCC's options are in the compile commands, too.
            --extra-arg=-Wno-unknown-warning-option "${PROJECT_SOURCE_DIR}/${source}"
    COMMAND "${CMAKE_COMMAND}" -E touch "${stamp}"
    DEPENDS "${PROJECT_SOURCE_DIR}/${source}" ${tidy_headers} "${PROJECT_SOURCE_DIR}/.clang-tidy"
    COMMENT "clang-tidy ${source}" VERBATIM)
  list(APPEND tidy_stamps "${stamp}")
endforeach()
add_custom_target(tidy DEPENDS ${tidy_stamps})
add_test(NAME clang-tidy
         COMMAND "${CMAKE_COMMAND}" --build "${PROJECT_BINARY_DIR}" --target tidy -- -k 0)
set_tests_properties(clang-tidy PROPERTIES LABELS slow TIMEOUT 5400 COST 1000 PROCESSORS 2)
