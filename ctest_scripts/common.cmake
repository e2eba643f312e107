# What the ctest scripts share: packages, build, cases, the way a script ends.
#
# Every script takes, by -D or from the environment as ASSAY_<NAME>:
#   JOBS       how many cases run at once (default: the number of processors)
#   BUILD_DIR  the build tree (default: build/release of the source tree)
# A `ctest -S` script can end only with 0 or 255: the true status (0 passed, 1 failed, 2 usage or
# recipe error, 3 only infrastructure failed) goes to assay/exit_code in the build tree.
include("${CMAKE_CURRENT_LIST_DIR}/../cmake/dependencies.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/summary.cmake")

cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH CTEST_SOURCE_DIRECTORY)

# The value of -DNAME, else of ASSAY_NAME in the environment, else the default.
macro(assay_setting name default)
  if(NOT DEFINED ${name})
    set(${name} "$ENV{ASSAY_${name}}")
    if("${${name}}" STREQUAL "")
      set(${name} "${default}")
    endif()
  endif()
endmacro()

# Ends the script: `code` as documented above, and why.
function(assay_end code message)
  file(MAKE_DIRECTORY "${CTEST_BINARY_DIRECTORY}/assay")
  file(WRITE "${CTEST_BINARY_DIRECTORY}/assay/exit_code" "${code}\n")
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

# Configures by the preset, with further arguments for cmake, and builds.
macro(assay_build preset)
  set(CTEST_CMAKE_GENERATOR Ninja)
  set(CTEST_CONFIGURATION_TYPE "")
  # Each test says itself how long it may take; the default of scripts, 600 s, would end others.
  set(CTEST_TEST_TIMEOUT 7200)
  set(CTEST_CONFIGURE_COMMAND "\"${CMAKE_COMMAND}\" --preset ${preset}")
  find_program(ASSAY_CCACHE ccache)
  set(assay_launcher "")
  if(ASSAY_CCACHE AND NOT DEFINED ENV{CMAKE_CXX_COMPILER_LAUNCHER})
    set(assay_launcher -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  endif()
  foreach(assay_argument -S "${CTEST_SOURCE_DIRECTORY}" -B "${CTEST_BINARY_DIRECTORY}" ${ARGN}
                         ${assay_launcher})
    string(APPEND CTEST_CONFIGURE_COMMAND " \"${assay_argument}\"")
  endforeach()
  set(CTEST_BUILD_COMMAND "\"${CMAKE_COMMAND}\" --build \"${CTEST_BINARY_DIRECTORY}\"")
  ctest_start(Experimental QUIET)
  ctest_configure(SOURCE "${CTEST_SOURCE_DIRECTORY}" RETURN_VALUE assay_result QUIET)
  if(NOT assay_result EQUAL 0)
    assay_show_log(Configure)
    assay_end(2 "Configuring failed; see above")
  endif()
  # The build's own exit code counts; what ctest takes for an error in its output may be a file's name.
  ctest_build(RETURN_VALUE assay_result NUMBER_ERRORS assay_ignored)
  if(NOT assay_result EQUAL 0)
    assay_show_log(Build)
    assay_end(2 "Building failed; see above")
  endif()
endmacro()

assay_setting(BUILD_DIR "${CTEST_SOURCE_DIRECTORY}/build/release")
cmake_host_system_information(RESULT processors QUERY NUMBER_OF_LOGICAL_CORES)
assay_setting(JOBS "${processors}")
cmake_path(ABSOLUTE_PATH BUILD_DIR NORMALIZE OUTPUT_VARIABLE CTEST_BINARY_DIRECTORY)
site_name(CTEST_SITE)
