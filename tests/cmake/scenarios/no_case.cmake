# Nothing to run is an error, never a green run.
file(MAKE_DIRECTORY "${project_dir}/recipes")
write_project("assay_add_recipes(RECIPES recipes PREFIX bio.)")
configure()
list_cases()
expect_cases(bio.recipes.DISCOVERY)
run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}" -V RESULT 8
    STDOUT "no case found in [^\n]*/project/recipes")

# A file that is no recipe, below a directory and named by itself.
file(WRITE "${project_dir}/recipes/site.yaml" "launchers: []\n")
list_cases()
expect_cases(bio.recipes.DISCOVERY)
write_project("assay_add_recipes(RECIPES recipes/site.yaml PREFIX bio.)")
configure()
list_cases()
expect_cases(bio.site.DISCOVERY)
run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}" -V RESULT 8
    STDOUT "site.yaml: no document in this file is a recipe")

# What was named is gone.
write_recipe(esm2 1)
write_recipe(openfold 1)
write_project("assay_add_recipes(RECIPES recipes/esm2.yaml recipes/openfold.yaml)")
configure()
file(REMOVE "${project_dir}/recipes/esm2.yaml")
list_cases()
expect_cases(openfold-train-1 recipes.DISCOVERY)
run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}" -V -R DISCOVERY RESULT 8
    STDOUT "recipes/esm2.yaml")
