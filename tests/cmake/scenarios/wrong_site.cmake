# A site file that cannot be used: one red case that says why, and no case that would run elsewhere.
write_recipe(esm2 1)
file(WRITE "${project_dir}/site.yaml" "launchers:\n  here: {type: local}\n")
write_project("assay_add_recipes(RECIPES recipes SITE site.yaml LAUNCHER hera)")
configure()
list_cases()
expect_cases(recipes.DISCOVERY)
run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}" -V RESULT 8
    STDOUT "unknown launcher 'hera'. did you mean 'here'")

write_project("assay_add_recipes(RECIPES recipes SITE site.yaml LAUNCHER here)")
configure()
list_cases()
expect_cases(esm2-train-1)

file(WRITE "${project_dir}/site.yaml" "launchers: [\n")
list_cases()
expect_cases(recipes.DISCOVERY)
run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}" -V RESULT 8
    STDOUT "project/site.yaml:[0-9]+:[0-9]+: ")
file(WRITE "${project_dir}/site.yaml" "launchers:\n  here: {type: local}\n")
list_cases()
expect_cases(esm2-train-1)
file(REMOVE "${project_dir}/site.yaml")
list_cases()
expect_cases(recipes.DISCOVERY)
