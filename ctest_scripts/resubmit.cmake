# Sends what did not reach the dashboard: what was kept because the server was down or slow, and runs
# whose ctest was killed before it could write anything (their cases' records were kept all the same).
#   ctest -S ctest_scripts/resubmit.cmake -V [-DBUILD_DIR=dir] [-DKEEP_DIR=dir] [-DCDASH_URL=...]
# The token is given as for the other scripts. Ends with 0 when nothing is left. It leaves
# assay/exit_code as it is: that is the tests' status.
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")

# Whether the ctest that began a run is still at work. On another host nobody can tell: it is not.
function(is_running result directory)
  file(STRINGS "${directory}/owner" owner)
  list(GET owner 0 pid)
  list(GET owner 1 start)
  list(GET owner 2 host)
  execute_process(COMMAND sh -c "uname -n; cut -d ' ' -f 22 /proc/${pid}/stat"
                  OUTPUT_VARIABLE now ERROR_QUIET)
  set(${result} FALSE PARENT_SCOPE)
  if("${now}" STREQUAL "${host}\n${start}\n")
    set(${result} TRUE PARENT_SCOPE)
  endif()
endfunction()

# Makes a kept submission of the records of a run whose ctest is no more.
function(keep_killed_run directory)
  cmake_path(GET directory FILENAME run)
  file(STRINGS "${directory}/tool" tool LIMIT_COUNT 1)
  file(STRINGS "${directory}/tag" tag LIMIT_COUNT 1)
  include("${directory}/submission.cmake")
  if(CDASH_URL STREQUAL "")
    file(REMOVE_RECURSE "${directory}")
    return()
  endif()
  message("The ctest of run ${run} was killed; its records are submitted instead.")
  set(ENV{ASSAY_RUN_ID} "${run}")
  assay_find_history()
  set(testing "${CTEST_BINARY_DIRECTORY}/Testing")
  file(MAKE_DIRECTORY "${testing}/${tag}")
  file(WRITE "${testing}/TAG" "${tag}\n${GROUP}\nExperimental\n")
  execute_process(COMMAND "${tool}" report --run "${run}" --expected "${directory}/expected.txt"
                          --site-name "${CTEST_SITE}" --build-name "${CTEST_BUILD_NAME}"
                          --stamp "${tag}-${GROUP}" --ctest-xml "${testing}/${tag}/Test.xml"
                  RESULT_VARIABLE code)
  if(NOT code EQUAL 0)
    message("assay report ended with ${code}: run ${run} stays as it is.")
    return()
  endif()
  file(WRITE "${directory}/note.txt"
       "The ctest of run ${run} was killed. Its tests are shown from the cases' records.\n")
  assay_write_notes("${directory}/note.txt")
  assay_keep(kept)
  file(REMOVE_RECURSE "${directory}")
endfunction()

file(GLOB runs "${CTEST_BINARY_DIRECTORY}/assay/runs/*")
foreach(directory IN LISTS runs)
  is_running(running "${directory}")
  if(NOT running)
    keep_killed_run("${directory}")
  endif()
endforeach()

file(GLOB all "${KEEP_DIR}/*/submission.cmake")
set(left 0)
foreach(file IN LISTS all)
  cmake_path(GET file PARENT_PATH kept)
  if(NOT CDASH_URL STREQUAL "")
    file(APPEND "${file}" "set(CDASH_URL [==[${CDASH_URL}]==])\n")
  endif()
  assay_send_kept("${kept}" is_delivered page)
  if(is_delivered)
    message("Sent ${kept}: ${page}")
  else()
    math(EXPR left "${left} + 1")
  endif()
endforeach()
list(LENGTH all count)
if(left GREATER 0)
  message(FATAL_ERROR "${left} of ${count} submissions are still kept in ${KEEP_DIR}")
endif()
message("Nothing is left to send (${count} sent).")
