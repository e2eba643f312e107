# Two cases of one name: the first stays, the other's recipe is red.
write_recipe(esm2 "1, 2")
file(READ "${project_dir}/recipes/esm2.yaml" text)
string(REPLACE "seed: [1, 2]" "seed: [2, 3]" text "${text}")
file(WRITE "${project_dir}/recipes/second.yaml" "${text}")
write_project("assay_add_recipes(RECIPES recipes)")
configure()
list_cases()
expect_cases(esm2-train-1 esm2-train-2 esm2-train-3 second.DISCOVERY)
run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}" -V -R DISCOVERY RESULT 8
    STDOUT "second.yaml: case 'esm2-train-2' has the name of one of [^\n]*/recipes/esm2.yaml")

# The same recipe in two calls, without a PREFIX: the names of the earlier call count.
write_project("assay_add_recipes(RECIPES recipes/esm2.yaml)
assay_add_recipes(RECIPES recipes/esm2.yaml)
assay_add_recipes(RECIPES recipes/esm2.yaml PREFIX third.)")
configure()
list_cases()
expect_cases(esm2-train-1 esm2-train-2 esm2.DISCOVERY third.esm2-train-1 third.esm2-train-2)
write_project("assay_add_recipes(RECIPES recipes)")
configure()

# It heals when the first gives the name up, though only that one was edited.
write_recipe(esm2 "1")
list_cases()
expect_cases(esm2-train-1 esm2-train-2 esm2-train-3)
write_recipe(esm2 "3")
list_cases()
expect_cases(esm2-train-3 esm2-train-2 second.DISCOVERY)
