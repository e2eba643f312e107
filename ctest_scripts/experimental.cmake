# A try of one's own: as smoke.cmake, in the dashboards' group Experimental, which mails nobody.
#   ctest -S ctest_scripts/experimental.cmake -V -DMODEL=digits [-DRECIPES=dir] ...
cmake_minimum_required(VERSION 3.25)
set(assay_script experimental)
set(assay_default_group Experimental)
set(assay_default_dashboard_dir "")
include("${CMAKE_CURRENT_LIST_DIR}/cases.cmake")
assay_run_cases()
