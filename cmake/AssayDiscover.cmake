# Included by ctest whenever it starts, by way of the discover.cmake that assay_add_recipes writes.
# In: assay_tool, assay_arguments, assay_title, and assay_only where ctest was started in the test
# directory of one recipe. An error here would leave ctest without any test, so each becomes a red case.
cmake_minimum_required(VERSION 3.25)

set(_assay_error "")
set(_assay_list "")
set(_assay_only "")
if(DEFINED assay_only)
  set(_assay_only "--only=${assay_only}")
endif()
if(NOT assay_tool)
  set(_assay_error "There is no assay for the configuration '${CTEST_CONFIGURATION_TYPE}'.
Say which one by 'ctest -C <configuration>'.")
elseif(NOT EXISTS "${assay_tool}")
  set(_assay_error "${assay_tool} does not exist.
Build the project first: cmake --build <build directory>.")
else()
  execute_process(COMMAND "${assay_tool}" discover ${assay_arguments} ${_assay_only}
                  RESULT_VARIABLE _assay_result
                  OUTPUT_VARIABLE _assay_list OUTPUT_STRIP_TRAILING_WHITESPACE
                  ERROR_VARIABLE _assay_messages ERROR_STRIP_TRAILING_WHITESPACE)
  if(NOT _assay_result EQUAL 0)
    set(_assay_error "assay discover ended with ${_assay_result}.\n${_assay_messages}")
  elseif(NOT EXISTS "${_assay_list}")
    set(_assay_error "assay discover wrote no list of cases.\n${_assay_messages}")
  elseif(NOT "${_assay_messages}" STREQUAL "")
    message("${_assay_messages}")
  endif()
endif()

if("${_assay_error}" STREQUAL "")
  include("${_assay_list}")
else()
  string(MD5 _assay_hash "${_assay_error}")
  set(_assay_text "${CMAKE_CURRENT_LIST_DIR}/DISCOVERY-${_assay_hash}.txt")
  string(REGEX MATCH "^[^\n]*" _assay_first_line "${_assay_error}")
  file(WRITE "${_assay_text}" "${_assay_error}\n<CTestDetails>${_assay_first_line}</CTestDetails>\n")
  add_test("${assay_title}.DISCOVERY" /bin/sh -c "cat \"$1\"; exit 2" sh "${_assay_text}")
endif()
