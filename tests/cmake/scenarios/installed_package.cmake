# What a user gets: an installed Assay, moved elsewhere, found by find_package, and a project that
# runs a recipe with it.
run(COMMAND "${CMAKE_COMMAND}" --install "${ASSAY_BINARY_DIR}" --prefix "${WORK_DIR}/installed")
file(RENAME "${WORK_DIR}/installed" "${WORK_DIR}/moved here")
file(GLOB_RECURSE files "${WORK_DIR}/moved here/lib/*.cmake")
foreach(file IN LISTS files)
  file(READ "${file}" text)
  if("${text}" MATCHES "${WORK_DIR}/installed|${ASSAY_BINARY_DIR}|${ASSAY_SOURCE_DIR}")
    message(FATAL_ERROR "${file} names '${CMAKE_MATCH_0}'")
  endif()
endforeach()

write_recipe(esm2 1)
file(WRITE "${project_dir}/CMakeLists.txt" "cmake_minimum_required(VERSION 3.25)
project(Consumer LANGUAGES NONE)
enable_testing()
find_package(Assay 0.1 REQUIRED)
assay_add_recipes(RECIPES recipes)
")
configure("-DCMAKE_PREFIX_PATH=${WORK_DIR}/moved here")
list_cases()
expect_cases(esm2-train-1)
run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}" -V STDOUT "100% tests passed"
            "Test command: [^\n]*/moved[^ ]* here/bin/assay")

# Found because its bin directory is on PATH, as in an activated environment.
file(REMOVE_RECURSE "${build_dir}")
set(ENV{PATH} "${WORK_DIR}/moved here/bin:$ENV{PATH}")
configure()
list_cases()
expect_cases(esm2-train-1)

# A version that is not there.
file(READ "${project_dir}/CMakeLists.txt" text)
string(REPLACE "Assay 0.1" "Assay 7.1" text "${text}")
file(WRITE "${project_dir}/CMakeLists.txt" "${text}")
run(COMMAND "${CMAKE_COMMAND}" --fresh -S "${project_dir}" -B "${build_dir}" -G "${GENERATOR}"
    RESULT 1 STDERR "requested version \"7.1\"")
