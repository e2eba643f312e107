# Every case of recipes/smoke, or of other recipes, as it runs for users:
#   ctest -S ctest_scripts/smoke.cmake -V
#         [-DMODEL=digits] [-DFILTER="spec.precision == 'fp32'"] [-DRECIPES=dir[;file...]]
#         [-DLAUNCHER=name] [-DSITE=site.yaml] [-DJOBS=N] [-DBUILD_DIR=dir]
#         [-DCDASH_URL=https://host/submit.php?project=P]
# Ends with a table of all cases, where their records and logs are, and the dashboard's page.
cmake_minimum_required(VERSION 3.25)
set(assay_script smoke)
set(assay_default_group Smoke)
set(assay_default_dashboard_dir "")
include("${CMAKE_CURRENT_LIST_DIR}/cases.cmake")
assay_run_cases()
