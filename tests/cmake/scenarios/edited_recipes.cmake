# An edited, added, deleted or replaced recipe counts at the next ctest, without CMake.
write_recipe(esm2 "1, 2")
write_recipe(openfold 1)
write_project("assay_add_recipes(RECIPES recipes)")
configure()

list_cases()
expect_cases(esm2-train-1 esm2-train-2 openfold-train-1)

write_recipe(esm2 "1, 3")
list_cases()
expect_cases(esm2-train-1 esm2-train-3 openfold-train-1)

write_recipe(bert 7)
file(MAKE_DIRECTORY "${project_dir}/recipes/deeper")
list_cases()
expect_cases(bert-train-7 esm2-train-1 esm2-train-3 openfold-train-1)

file(RENAME "${project_dir}/recipes/bert.yaml" "${project_dir}/recipes/deeper/bert.yaml")
list_cases()
expect_cases(bert-train-7 esm2-train-1 esm2-train-3 openfold-train-1)

file(REMOVE "${project_dir}/recipes/esm2.yaml")
list_cases()
expect_cases(bert-train-7 openfold-train-1)

# An older file in the place of a newer one.
write_recipe(older 5)
execute_process(COMMAND touch -d 2001-01-01 "${project_dir}/recipes/older.yaml")
file(RENAME "${project_dir}/recipes/older.yaml" "${project_dir}/recipes/openfold.yaml")
list_cases()
expect_cases(bert-train-7 older-train-5)

# Nothing changed, in the same and in a new ctest.
list_cases()
expect_cases(bert-train-7 older-train-5)
