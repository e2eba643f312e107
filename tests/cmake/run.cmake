# Runs one case of this directory; see CMakeLists.txt for the variables.
#
# messages/NAME.cmake is included by a project, whose configuration must print what the regular
# expression in messages/NAME.stderr.txt says, and fail, unless messages/NAME.result.txt says 0.
#
# scenarios/NAME.cmake is a script that uses the functions below. Each scenario has an empty WORK_DIR,
# which stays when it fails.
cmake_minimum_required(VERSION 3.25)

set(project_dir "${WORK_DIR}/project")
set(build_dir "${WORK_DIR}/build")

# Runs a command: run(COMMAND... [IN dir] [RESULT code] [STDOUT regex...] [STDERR regex...]
# [NOT_STDOUT regex...]). Anything not as expected ends the case, with all that was printed. Leaves
# the output in `stdout` and `stderr`.
function(run)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "IN;RESULT" "COMMAND;STDOUT;STDERR;NOT_STDOUT")
  if(NOT DEFINED arg_RESULT)
    set(arg_RESULT 0)
  endif()
  if(NOT DEFINED arg_IN)
    set(arg_IN "${WORK_DIR}")
  endif()
  execute_process(COMMAND ${arg_COMMAND} WORKING_DIRECTORY "${arg_IN}" RESULT_VARIABLE result
                  OUTPUT_VARIABLE stdout ERROR_VARIABLE stderr INPUT_FILE /dev/null)
  set(problem "")
  if(NOT "${result}" STREQUAL "${arg_RESULT}")
    string(APPEND problem "it ended with ${result}, not ${arg_RESULT}\n")
  endif()
  foreach(pattern IN LISTS arg_STDOUT)
    if(NOT "${stdout}" MATCHES "${pattern}")
      string(APPEND problem "its stdout does not match: ${pattern}\n")
    endif()
  endforeach()
  foreach(pattern IN LISTS arg_STDERR)
    if(NOT "${stderr}" MATCHES "${pattern}")
      string(APPEND problem "its stderr does not match: ${pattern}\n")
    endif()
  endforeach()
  foreach(pattern IN LISTS arg_NOT_STDOUT)
    if("${stdout}" MATCHES "${pattern}")
      string(APPEND problem "its stdout matches: ${pattern}\n")
    endif()
  endforeach()
  if(problem)
    list(JOIN arg_COMMAND " " command)
    message(FATAL_ERROR "In ${arg_IN}: ${command}\n${problem}stdout:\n${stdout}\nstderr:\n${stderr}")
  endif()
  set(stdout "${stdout}" PARENT_SCOPE)
  set(stderr "${stderr}" PARENT_SCOPE)
endfunction()

# Writes project/CMakeLists.txt: a project without languages that has assay_add_recipes and calls
# what is given.
function(write_project calls)
  file(WRITE "${project_dir}/CMakeLists.txt" "cmake_minimum_required(VERSION 3.25)
project(Consumer LANGUAGES NONE)
enable_testing()
add_executable(Assay::assay IMPORTED GLOBAL)
set_target_properties(Assay::assay PROPERTIES IMPORTED_LOCATION [[${ASSAY_TOOL}]])
include([[${ASSAY_SOURCE_DIR}/cmake/Assay.cmake]])
${calls}
")
endfunction()

function(configure)
  run(COMMAND "${CMAKE_COMMAND}" -S "${project_dir}" -B "${build_dir}" -G "${GENERATOR}" ${ARGN})
endfunction()

# A recipe in project/recipes with one product per seed: cases NAME_train_SEED.
function(write_recipe name seeds)
  file(WRITE "${project_dir}/recipes/${name}.yaml" "type: basic
format_version: 1
spec:
  name: '{model}_train_{seed}'
  model: ${name}
  variant: train
  time_limit: 60
  nodes: 1
  gpus: 0
  script: 'true'
products:
- seed: [${seeds}]
")
endfunction()

# Runs `ctest ARGS...` in the build directory and leaves the names of the cases that it has, sorted,
# in `cases`: the arguments should hold -N. What run() takes may follow.
function(list_cases)
  set(stdout "")
  run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}" -N ${ARGN})
  string(REGEX MATCHALL "Test +#[0-9]+: [^\n]+" lines "${stdout}")
  list(TRANSFORM lines REPLACE "Test +#[0-9]+: " "")
  set(cases "${lines}" PARENT_SCOPE)
  set(stderr "${stderr}" PARENT_SCOPE)
endfunction()

function(expect_cases)
  if(NOT "${cases}" STREQUAL "${ARGN}")
    message(FATAL_ERROR "expected the cases: ${ARGN}\n     but there are: ${cases}\n${stderr}")
  endif()
endfunction()

function(expect_equal actual expected)
  if(NOT "${actual}" STREQUAL "${expected}")
    message(FATAL_ERROR "expected: ${expected}\n but it is: ${actual}")
  endif()
endfunction()

function(run_message_case)
  set(directory "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/messages")
  file(READ "${directory}/${NAME}.stderr.txt" pattern)
  string(STRIP "${pattern}" pattern)
  set(result 1)
  if(EXISTS "${directory}/${NAME}.result.txt")
    file(READ "${directory}/${NAME}.result.txt" result)
    string(STRIP "${result}" result)
  endif()
  write_recipe(esm2 1)
  write_project("include([[${directory}/${NAME}.cmake]])")
  execute_process(
    COMMAND "${CMAKE_COMMAND}" -S "${project_dir}" -B "${build_dir}" -G "${GENERATOR}"
    RESULT_VARIABLE actual_result OUTPUT_VARIABLE stdout ERROR_VARIABLE stderr)
  # CMake breaks messages into lines of its own liking.
  string(REGEX REPLACE "[ \n]+" " " words "${stderr}")
  if(NOT actual_result EQUAL result OR NOT "${words}" MATCHES "${pattern}")
    message(FATAL_ERROR "expected result ${result} and a message that matches:\n${pattern}\n"
                        "got result ${actual_result} and:\n${stdout}\n${stderr}")
  endif()
endfunction()

file(REMOVE_RECURSE "${WORK_DIR}")
file(MAKE_DIRECTORY "${WORK_DIR}")
# No setting of the person who runs the tests counts.
foreach(variable IN ITEMS ASSAY_FILTER ASSAY_SITE ASSAY_WORK_DIR ASSAY_HISTORY ASSAY_RUN_ID
                          ASSAY_IMAGE CTEST_PARALLEL_LEVEL CTEST_OUTPUT_ON_FAILURE)
  unset(ENV{${variable}})
endforeach()
set(ENV{XDG_CONFIG_HOME} "${WORK_DIR}/config")
set(ENV{XDG_STATE_HOME} "${WORK_DIR}/state")
if(KIND STREQUAL "messages")
  run_message_case()
else()
  include("${CMAKE_CURRENT_LIST_DIR}/${KIND}/${NAME}.cmake")
endif()
file(REMOVE_RECURSE "${WORK_DIR}")
