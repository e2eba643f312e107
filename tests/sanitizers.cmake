# Builds the preset `fuzz` (clang, AddressSanitizer, UndefinedBehaviorSanitizer, warnings as errors),
# all of it or the fuzzers alone, or runs the tests of one label in it; or builds and runs the broker's
# tests with the preset `tsan`:
#   cmake -D SOURCE_DIR=dir -D BUILD_DIR=dir -D STEP=build|fuzzers|unit|fuzz|broker -P sanitizers.cmake
cmake_minimum_required(VERSION 3.25)

function(run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY "${SOURCE_DIR}" RESULT_VARIABLE result
                  INPUT_FILE /dev/null)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}: ended with ${result}")
  endif()
endfunction()

if(STEP STREQUAL "build" OR STEP STREQUAL "fuzzers")
  run("${CMAKE_COMMAND}" --preset fuzz -B "${BUILD_DIR}" -DASSAY_RECIPES= -DASSAY_BUILD_TESTS=ON)
  set(target all)
  if(STEP STREQUAL "fuzzers")
    set(target fuzzers)
  endif()
  run("${CMAKE_COMMAND}" --build "${BUILD_DIR}" --target ${target})
elseif(STEP STREQUAL "unit" OR STEP STREQUAL "fuzz")
  # What these libraries keep until the process ends.
  file(WRITE "${BUILD_DIR}/leaks.supp" "leak:libcurl\nleak:libfontconfig\n")
  set(ENV{LSAN_OPTIONS} "suppressions=${BUILD_DIR}/leaks.supp:print_suppressions=0")
  run("${CMAKE_CTEST_COMMAND}" --test-dir "${BUILD_DIR}" -L "^${STEP}$" --no-tests=error
      --output-on-failure --parallel 2)
elseif(STEP STREQUAL "broker")
  run("${CMAKE_COMMAND}" --preset tsan -B "${BUILD_DIR}-threads" -DASSAY_RECIPES=)
  run("${CMAKE_COMMAND}" --build "${BUILD_DIR}-threads" --target assay_broker_tests)
  run("${BUILD_DIR}-threads/tests/assay_broker_tests" --gtest_brief=1)
else()
  message(FATAL_ERROR "STEP is build, fuzzers, unit, fuzz or broker")
endif()
