# The project's own tests, all of them:
#   ctest -S ctest_scripts/selftest.cmake -V [-DJOBS=N] [-DBUILD_DIR=dir] [-DFUZZ=OFF] [-DSLOW=ON]
# FUZZ runs each fuzzer for ten seconds, below clang's sanitizers; SLOW adds clang-tidy over all
# sources and the unit tests below the sanitizers.
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")
assay_setting(FUZZ ON)
assay_setting(SLOW OFF)
assay_setting(DRY_RUN OFF)
assay_setting(GROUP Experimental)
cmake_host_system_information(RESULT assay_processors QUERY NUMBER_OF_LOGICAL_CORES)
assay_setting(JOBS "${assay_processors}")
site_name(CTEST_SITE)
set(CTEST_BUILD_NAME "assay-selftest")

assay_need_packages(build run test)
# The cases of recipes are smoke.cmake's, which shares the build tree.
assay_build(-DASSAY_BUILD_TESTS=ON "-DASSAY_FUZZ_TESTS=${FUZZ}" "-DASSAY_SLOW_TESTS=${SLOW}"
            -DASSAY_RECIPES=)
ctest_test(PARALLEL_LEVEL "${JOBS}" RETURN_VALUE result)

# Assay's own tests leave no records.
file(REMOVE "${CTEST_BINARY_DIRECTORY}/assay/without_record")
assay_read_results("${CTEST_BINARY_DIRECTORY}")
if(assay_count EQUAL 0)
  assay_end(2 "There is no test in ${CTEST_BINARY_DIRECTORY}")
endif()
assay_submit()
list(LENGTH assay_failed failed)
if(NOT result EQUAL 0 OR failed GREATER 0)
  list(JOIN assay_failed "\n  " names)
  assay_end(1 "${failed} of ${assay_count} tests failed:\n  ${names}")
endif()
assay_end(0 "All ${assay_count} tests passed.")
