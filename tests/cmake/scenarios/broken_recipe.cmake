# A recipe that does not parse is a red case that shows why; the others stay.
write_recipe(esm2 1)
file(WRITE "${project_dir}/recipes/bad.yaml"
     "type: basic\nspec:\n  model: openfold\n  name: x\n  script: [unclosed\n")
write_project("assay_add_recipes(RECIPES recipes LABELS nightly)")
configure()
list_cases()
expect_cases(bad.DISCOVERY esm2-train-1)

run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}" -V -R DISCOVERY RESULT 8
    STDOUT "project/recipes/bad.yaml:[0-9]+:[0-9]+: " "1 - bad.DISCOVERY .Failed.")

# Who asks for its model, or for the labels of the call, gets it.
list_cases(-L "^model=openfold$")
expect_cases(bad.DISCOVERY)
list_cases(-L "^nightly$")
expect_cases(bad.DISCOVERY esm2-train-1)

# Under a filter too: nobody knows what it would have held.
set(ENV{ASSAY_FILTER} "spec.model == 'esm2'")
list_cases()
expect_cases(bad.DISCOVERY esm2-train-1)
unset(ENV{ASSAY_FILTER})

# One bad document of a file: its other documents stay.
file(WRITE "${project_dir}/recipes/bad.yaml"
     "type: basic\nspec:\n  name: good\n  script: 'true'\n---\n"
     "type: basic\nspec:\n  name: wrong\n  script: 'true'\nproduct: []\n")
list_cases()
expect_cases(good bad.DISCOVERY esm2-train-1)

# Repaired.
file(WRITE "${project_dir}/recipes/bad.yaml" "type: basic\nspec:\n  name: good\n  script: 'true'\n")
list_cases()
expect_cases(good esm2-train-1)
