# What the ctest scripts share: settings, packages, build, the way a script ends.
#
# A `ctest -S` script can end only with 0 or 255: the true status (0 passed, 1 failed, 2 usage or
# recipe error, 3 only infrastructure failed) goes to assay/exit_code in the build tree.
include("${CMAKE_CURRENT_LIST_DIR}/../cmake/dependencies.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/settings.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/submit.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/summary.cmake")

cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH assay_repository)

# ctest need not look for commands to run after a script that has no ctest_start() on its way.
set(CTEST_RUN_CURRENT_SCRIPT OFF)

# Ends the script: `code` as documented above, and why.
function(assay_end code message)
  if(NOT "${CTEST_BINARY_DIRECTORY}" STREQUAL "")
    file(MAKE_DIRECTORY "${CTEST_BINARY_DIRECTORY}/assay")
    file(WRITE "${CTEST_BINARY_DIRECTORY}/assay/exit_code" "${code}\n")
  endif()
  if(code EQUAL 0)
    message("${message}")
  else()
    message(FATAL_ERROR "${message}")
  endif()
endfunction()

# Installs those Debian packages of the groups (build, run, test) that are missing.
function(assay_need_packages)
  set(missing "")
  foreach(group IN LISTS ARGN)
    string(TOUPPER "${group}" group)
    foreach(package IN LISTS ASSAY_${group}_PACKAGES)
      execute_process(COMMAND dpkg-query --show "--showformat=\${db:Status-Status}" "${package}"
                      OUTPUT_VARIABLE status ERROR_QUIET RESULT_VARIABLE result)
      if(NOT "${status}" STREQUAL "installed")
        list(APPEND missing "${package}")
      endif()
    endforeach()
  endforeach()
  if("${missing}" STREQUAL "")
    return()
  endif()
  list(JOIN missing " " words)
  execute_process(COMMAND id -u OUTPUT_VARIABLE user OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT user EQUAL 0)
    assay_end(2 "These Debian packages are missing; run this once, then the script again:
  sudo apt-get install --yes --no-install-recommends ${words}")
  endif()
  message("Installing ${words}")
  set(ENV{DEBIAN_FRONTEND} noninteractive)
  foreach(arguments IN ITEMS "update" "install;--yes;--no-install-recommends;${missing}")
    execute_process(COMMAND apt-get --quiet --quiet -o Acquire::Retries=3 ${arguments}
                    RESULT_VARIABLE result INPUT_FILE /dev/null)
    if(NOT result EQUAL 0)
      list(GET arguments 0 verb)
      assay_end(3 "apt-get ${verb} ended with ${result}; wanted: ${words}")
    endif()
  endforeach()
endfunction()

# Shows the end of a step's log, which ctest only writes to a file.
function(assay_show_log step)
  file(GLOB logs "${CTEST_BINARY_DIRECTORY}/Testing/Temporary/Last${step}_*.log")
  if(logs)
    list(SORT logs COMPARE NATURAL)
    list(GET logs -1 log)
    execute_process(COMMAND tail -n 60 "${log}" ERROR_QUIET)
  endif()
endfunction()

# Ends the script because a step before the tests failed; a dashboard is told so.
function(assay_end_step step)
  assay_show_log(${step})
  assay_submit()
  string(REPLACE "Configure" "Configur" verb "${step}")
  assay_end(2 "${verb}ing failed; see above")
endfunction()

# Configures (by PRESET, where there is one) with further arguments for cmake, and builds.
macro(assay_build)
  set(CTEST_CMAKE_GENERATOR Ninja)
  set(CTEST_CONFIGURATION_TYPE "")
  # Each test says itself how long it may take; the default of scripts, 600 s, would end others.
  set(CTEST_TEST_TIMEOUT 7200)
  set(CTEST_CONFIGURE_COMMAND "\"${CMAKE_COMMAND}\"")
  if(NOT PRESET STREQUAL "")
    string(APPEND CTEST_CONFIGURE_COMMAND " --preset ${PRESET}")
  endif()
  find_program(ASSAY_CCACHE ccache)
  set(assay_compiler_launcher "")
  if(ASSAY_CCACHE AND NOT DEFINED ENV{CMAKE_CXX_COMPILER_LAUNCHER})
    set(assay_compiler_launcher -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  endif()
  foreach(assay_argument -S "${CTEST_SOURCE_DIRECTORY}" -B "${CTEST_BINARY_DIRECTORY}" ${ARGN}
                         ${assay_compiler_launcher})
    string(APPEND CTEST_CONFIGURE_COMMAND " \"${assay_argument}\"")
  endforeach()
  set(CTEST_BUILD_COMMAND "\"${CMAKE_COMMAND}\" --build \"${CTEST_BINARY_DIRECTORY}\"")
  assay_start("${GROUP}")
  assay_update()
  ctest_configure(SOURCE "${CTEST_SOURCE_DIRECTORY}" RETURN_VALUE assay_result QUIET
                  CAPTURE_CMAKE_ERROR assay_ignored)
  if(NOT assay_result EQUAL 0)
    assay_end_step(Configure)
  endif()
  # The build's own exit code counts; what ctest takes for an error in its output may be a file's name.
  ctest_build(RETURN_VALUE assay_result NUMBER_ERRORS assay_ignored
              CAPTURE_CMAKE_ERROR assay_ignored)
  if(NOT assay_result EQUAL 0)
    assay_end_step(Build)
  endif()
endmacro()

assay_setting(SOURCE_DIR "${assay_repository}")
cmake_path(ABSOLUTE_PATH SOURCE_DIR NORMALIZE OUTPUT_VARIABLE CTEST_SOURCE_DIRECTORY)
assay_setting(PROJECT_FILE "${CTEST_SOURCE_DIRECTORY}/AssayCTest.cmake")
if(EXISTS "${PROJECT_FILE}")
  assay_read_project_file("${PROJECT_FILE}")
elseif(NOT PROJECT_FILE STREQUAL "${CTEST_SOURCE_DIRECTORY}/AssayCTest.cmake")
  assay_end(2 "PROJECT_FILE names ${PROJECT_FILE}, which does not exist")
endif()
# The project's own presets; another project says which of its presets is meant, if any.
set(assay_default_preset "")
set(assay_default_build_dir "${CTEST_SOURCE_DIRECTORY}/build/assay")
if(CTEST_SOURCE_DIRECTORY STREQUAL assay_repository)
  set(assay_default_preset release)
  set(assay_default_build_dir "${CTEST_SOURCE_DIRECTORY}/build/release")
endif()
assay_setting(PRESET "${assay_default_preset}")
assay_setting(BUILD_DIR "${assay_default_build_dir}")
cmake_path(ABSOLUTE_PATH BUILD_DIR NORMALIZE OUTPUT_VARIABLE CTEST_BINARY_DIRECTORY)
assay_submit_settings()
