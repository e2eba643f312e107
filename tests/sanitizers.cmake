# Builds the preset `fuzz` (clang, AddressSanitizer, UndefinedBehaviorSanitizer, warnings as errors),
# or runs the tests of one label in it:
#   cmake -D SOURCE_DIR=dir -D BUILD_DIR=dir -D STEP=build|unit|fuzz -P sanitizers.cmake
cmake_minimum_required(VERSION 3.25)

function(run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY "${SOURCE_DIR}" RESULT_VARIABLE result
                  INPUT_FILE /dev/null)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}: ended with ${result}")
  endif()
endfunction()

if(STEP STREQUAL "build")
  run("${CMAKE_COMMAND}" --preset fuzz -B "${BUILD_DIR}" -DASSAY_RECIPES= -DASSAY_BUILD_TESTS=ON)
  run("${CMAKE_COMMAND}" --build "${BUILD_DIR}")
elseif(STEP STREQUAL "unit" OR STEP STREQUAL "fuzz")
  run("${CMAKE_CTEST_COMMAND}" --test-dir "${BUILD_DIR}" -L "^${STEP}$" --no-tests=error
      --output-on-failure --parallel 2)
else()
  message(FATAL_ERROR "STEP is build, unit or fuzz")
endif()
