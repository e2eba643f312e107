# FILTER of the call and ASSAY_FILTER of the moment: both hold, and neither loses a case silently.
write_recipe(esm2 "1, 2, 3")
write_recipe(openfold "1, 2")
write_project("assay_add_recipes(RECIPES recipes FILTER [[spec.seed <= 2]])")
configure()
list_cases()
expect_cases(esm2-train-1 esm2-train-2 openfold-train-1 openfold-train-2)

set(ENV{ASSAY_FILTER} "spec.model == 'esm2'")
list_cases()
expect_cases(esm2-train-1 esm2-train-2)
# An edit counts in a filtered list, and in the other afterwards.
write_recipe(esm2 "1, 9")
list_cases()
expect_cases(esm2-train-1)
set(ENV{ASSAY_FILTER} "")
list_cases()
expect_cases(esm2-train-1 openfold-train-1 openfold-train-2)

set(ENV{ASSAY_FILTER} "spec.model == 'nemo'")
list_cases()
expect_cases(recipes.DISCOVERY)
run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}" -V RESULT 8
    STDOUT "no case found in .*FILTER is \"spec.seed <= 2\", ASSAY_FILTER is \"spec.model == 'nemo'\"")

set(ENV{ASSAY_FILTER} "spec.model = 'esm2'")
list_cases()
expect_cases(recipes.DISCOVERY)
run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}" -V RESULT 8
    STDOUT "ASSAY_FILTER:1:12: ")

# A path that no product has; once one has it, the filter is right.
set(ENV{ASSAY_FILTER} "spec.tp_size == 1")
list_cases()
expect_cases(recipes.DISCOVERY)
file(READ "${project_dir}/recipes/openfold.yaml" text)
string(REPLACE "  gpus: 0\n" "  gpus: 0\n  tp_size: 1\n" text "${text}")
file(WRITE "${project_dir}/recipes/openfold.yaml" "${text}")
list_cases()
expect_cases(openfold-train-1 openfold-train-2)
write_recipe(esm2 "2")
list_cases()
expect_cases(openfold-train-1 openfold-train-2)
write_recipe(openfold "1")
list_cases()
expect_cases(recipes.DISCOVERY)
