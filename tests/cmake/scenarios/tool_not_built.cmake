# Without the executable there is one red case that says so.
write_recipe(esm2 1)
set(real "${ASSAY_TOOL}")
set(ASSAY_TOOL "${WORK_DIR}/assay")
write_project("assay_add_recipes(RECIPES recipes PREFIX p.)")
configure()
list_cases()
expect_cases(p.recipes.DISCOVERY)
run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}" -V RESULT 8
    STDOUT "/assay does not exist" "Build the project first")

# One that cannot run.
file(WRITE "${ASSAY_TOOL}" "#!/bin/sh\necho broken >&2\nexit 9\n")
file(CHMOD "${ASSAY_TOOL}" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
list_cases()
expect_cases(p.recipes.DISCOVERY)
run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}" -V RESULT 8
    STDOUT "assay discover ended with 9" "broken")

# Built at last: no CMake needed.
file(REMOVE "${ASSAY_TOOL}")
file(COPY_FILE "${real}" "${ASSAY_TOOL}")
list_cases()
expect_cases(p.esm2-train-1)
