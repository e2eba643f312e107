# A generator with several configurations: ctest -C says which assay runs.
write_recipe(esm2 1)
write_project("assay_add_recipes(RECIPES recipes)")
set(GENERATOR "Ninja Multi-Config")
configure()
list_cases(-C Release)
expect_cases(esm2-train-1)
list_cases()
expect_cases(recipes.DISCOVERY)
run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}" -V RESULT 8
    STDOUT "ctest -C <configuration>")
