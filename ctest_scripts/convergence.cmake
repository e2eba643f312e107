# Long trainings, by night: as smoke.cmake, in the dashboards' group Convergence, with the static
# dashboard updated at the end, whatever the result.
#   ctest -S ctest_scripts/convergence.cmake -V -DRECIPES=dir -DSITE=site.yaml -DLAUNCHER=name
#         [-DTIME_BUDGET=10h] [-DJOBS=500] [-DDASHBOARD_DIR=public] ...
cmake_minimum_required(VERSION 3.25)
set(assay_script convergence)
set(assay_default_group Convergence)
set(assay_default_dashboard_dir assay/dashboard)
include("${CMAKE_CURRENT_LIST_DIR}/cases.cmake")
assay_run_cases()
