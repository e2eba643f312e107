# Every case of recipes/smoke, or of other recipes, as it runs for users:
#   ctest -S ctest_scripts/smoke.cmake -V
#         [-DMODEL=digits] [-DFILTER="spec.precision == 'fp32'"] [-DRECIPES=dir[;file...]]
#         [-DLAUNCHER=name] [-DSITE=site.yaml] [-DJOBS=N] [-DBUILD_DIR=dir]
# Ends with a table of all cases and where their records and logs are.
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")
assay_setting(MODEL "")
assay_setting(FILTER "")
assay_setting(RECIPES "${CTEST_SOURCE_DIRECTORY}/recipes/smoke")
assay_setting(LAUNCHER "")
assay_setting(SITE "")
set(CTEST_BUILD_NAME "assay-smoke")

# What is asked for becomes the environment that discovery and drivers read.
if(MODEL MATCHES "['\\\\\n]")
  assay_end(2 "MODEL=${MODEL}: no model has such a name")
endif()
set(filters "")
if(NOT MODEL STREQUAL "")
  list(APPEND filters "(spec.model == '${MODEL}')")
endif()
if(NOT FILTER STREQUAL "")
  string(REPLACE ";" "\\;" FILTER "${FILTER}")
  list(APPEND filters "(${FILTER})")
endif()
list(JOIN filters " and " filters)
set(ENV{ASSAY_FILTER} "${filters}")
if(NOT SITE STREQUAL "")
  cmake_path(ABSOLUTE_PATH SITE NORMALIZE)
  set(ENV{ASSAY_SITE} "${SITE}")
endif()
set(recipes "")
foreach(path IN LISTS RECIPES)
  cmake_path(ABSOLUTE_PATH path NORMALIZE)
  if(NOT EXISTS "${path}")
    assay_end(2 "RECIPES names ${path}, which does not exist")
  endif()
  list(APPEND recipes "${path}")
endforeach()
list(JOIN recipes "\\;" recipes)

assay_need_packages(build run)
assay_build(release -DASSAY_BUILD_TESTS=OFF "-DASSAY_RECIPES=${recipes}"
            "-DASSAY_LAUNCHER=${LAUNCHER}")
assay_name_run()
ctest_test(PARALLEL_LEVEL "${JOBS}" RETURN_VALUE result)
assay_summarize("${result}")
