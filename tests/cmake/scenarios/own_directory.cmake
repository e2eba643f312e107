# Several calls in one directory, calls in subdirectories, and DIRECTORY.
write_recipe(esm2 1)
write_project("assay_add_recipes(RECIPES recipes PREFIX a.)
assay_add_recipes(RECIPES recipes PREFIX b.)
assay_add_recipes(RECIPES recipes PREFIX c. DIRECTORY nightly)
add_subdirectory(sub)")
file(WRITE "${project_dir}/sub/CMakeLists.txt"
     "assay_add_recipes(RECIPES ../recipes/esm2.yaml PREFIX d.)\n")
configure()
list_cases()
expect_cases(a.esm2-train-1 b.esm2-train-1 c.esm2-train-1 d.esm2-train-1)
foreach(directory IN ITEMS recipes/esm2 recipes-2/esm2 nightly/esm2 sub/recipes/esm2 sub)
  run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}/${directory}" -N
      STDOUT "Total Tests: 1")
endforeach()
