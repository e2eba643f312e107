# The preset `fuzz`: clang, AddressSanitizer, UndefinedBehaviorSanitizer, warnings as errors. Builds
# the fuzz targets or everything, or runs the tests of one label:
#   cmake -D SOURCE_DIR=dir -D BUILD_DIR=dir -D STEP=build_fuzz|build_all|unit|fuzz -P sanitizers.cmake
cmake_minimum_required(VERSION 3.25)

function(run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY "${SOURCE_DIR}" RESULT_VARIABLE result
                  INPUT_FILE /dev/null)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}: ended with ${result}")
  endif()
endfunction()

if(STEP MATCHES "^build_(fuzz|all)$")
  set(target all)
  if(STEP STREQUAL "build_fuzz")
    set(target tests/fuzz/all)
  endif()
  run("${CMAKE_COMMAND}" --preset fuzz -B "${BUILD_DIR}" -DASSAY_RECIPES= -DASSAY_BUILD_TESTS=ON)
  run("${CMAKE_COMMAND}" --build "${BUILD_DIR}" --target ${target})
elseif(STEP STREQUAL "unit" OR STEP STREQUAL "fuzz")
  run("${CMAKE_CTEST_COMMAND}" --test-dir "${BUILD_DIR}" -L "^${STEP}$" --no-tests=error
      --output-on-failure --parallel 2)
else()
  message(FATAL_ERROR "STEP is build_fuzz, build_all, unit or fuzz")
endif()
