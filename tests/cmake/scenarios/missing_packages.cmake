# Packages that are missing: who may not install them is told which, and the one command for it.
file(WRITE "${WORK_DIR}/bin/dpkg-query" "#!/bin/sh
for name; do :; done
case $name in ninja-build|libre2-dev) exit 1;; esac
printf installed
")
file(WRITE "${WORK_DIR}/bin/id" "#!/bin/sh\necho 1000\n")
file(WRITE "${WORK_DIR}/bin/apt-get" "#!/bin/sh\necho \"$@\" >> '${WORK_DIR}/apt.log'\n")
file(CHMOD "${WORK_DIR}/bin/dpkg-query" "${WORK_DIR}/bin/id" "${WORK_DIR}/bin/apt-get"
     PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
set(ENV{PATH} "${WORK_DIR}/bin:$ENV{PATH}")
foreach(script IN ITEMS smoke selftest)
  run(COMMAND "${CMAKE_CTEST_COMMAND}" -S "${ASSAY_SOURCE_DIR}/ctest_scripts/${script}.cmake"
              "-DBUILD_DIR=${WORK_DIR}/tree"
      RESULT 255 STDERR "sudo apt-get install --yes --no-install-recommends ninja-build libre2-dev\n")
  file(READ "${WORK_DIR}/tree/assay/exit_code" code)
  expect_equal("${code}" "2\n")
endforeach()
if(EXISTS "${WORK_DIR}/apt.log")
  message(FATAL_ERROR "apt-get was called")
endif()

# Root installs them; here nothing is installed really, so the script ends after that.
file(WRITE "${WORK_DIR}/bin/id" "#!/bin/sh\necho 0\n")
file(WRITE "${WORK_DIR}/bin/apt-get" "#!/bin/sh\necho \"$@\" >> '${WORK_DIR}/apt.log'\n
case \"$*\" in *install*) exit 100;; esac\n")
run(COMMAND "${CMAKE_CTEST_COMMAND}" -S "${ASSAY_SOURCE_DIR}/ctest_scripts/smoke.cmake"
            "-DBUILD_DIR=${WORK_DIR}/tree"
    RESULT 255 STDERR "apt-get install ended with 100. wanted: ninja-build libre2-dev")
file(READ "${WORK_DIR}/tree/assay/exit_code" code)
expect_equal("${code}" "3\n")
file(READ "${WORK_DIR}/apt.log" log)
if(NOT "${log}" MATCHES "update\n.* install --yes --no-install-recommends ninja-build libre2-dev\n")
  message(FATAL_ERROR "apt-get was called with:\n${log}")
endif()
