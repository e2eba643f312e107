# Each recipe has a test directory of its own, where ctest loads its cases only.
write_recipe(esm2 "1, 2")
write_recipe(deeper/openfold 1)
write_project("assay_add_recipes(RECIPES recipes)")
configure()
set(all_of_it "${build_dir}")
set(build_dir "${all_of_it}/recipes/esm2")
set(deeper "${all_of_it}/recipes/deeper/openfold")

list_cases()
expect_cases(esm2-train-1 esm2-train-2)
run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${deeper}" -N STDOUT "Total Tests: 1")
run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${all_of_it}/recipes" -N STDOUT "Total Tests: 3")

write_recipe(esm2 "1, 2, 3")
list_cases()
expect_cases(esm2-train-1 esm2-train-2 esm2-train-3)

set(ENV{ASSAY_FILTER} "spec.seed == 2")
list_cases()
expect_cases(esm2-train-2)
run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${deeper}" -V RESULT 8
    STDOUT "deeper.openfold.DISCOVERY" "openfold.yaml: no case is selected")
set(ENV{ASSAY_FILTER} "")

file(REMOVE "${project_dir}/recipes/esm2.yaml")
list_cases()
expect_cases(esm2.DISCOVERY)
run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${all_of_it}" -N STDOUT "Total Tests: 1")
