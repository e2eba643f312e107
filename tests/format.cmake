# Fails when clang-format would change a source: cmake -D SOURCE_DIR=dir -P format.cmake
cmake_minimum_required(VERSION 3.25)
find_program(CLANG_FORMAT clang-format-16)
if(NOT CLANG_FORMAT)
  message(FATAL_ERROR "clang-format-16 is not installed (Debian: clang-format-16)")
endif()
file(GLOB_RECURSE sources "${SOURCE_DIR}/harness/*.cpp" "${SOURCE_DIR}/harness/*.h"
     "${SOURCE_DIR}/tests/*.cpp" "${SOURCE_DIR}/tests/*.h")
execute_process(COMMAND "${CLANG_FORMAT}" --dry-run -Werror ${sources} RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "Run: clang-format-16 -i <the files above>")
endif()
list(LENGTH sources count)
message(STATUS "${count} files are formatted")
