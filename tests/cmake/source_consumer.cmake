# Included by scenarios: a project that builds Assay from source, `way` being add_subdirectory or
# FetchContent, and runs a recipe with it. Objects come from ccache where the build uses it.
function(consume way)
  write_recipe(esm2 1)
  file(WRITE "${project_dir}/CMakeLists.txt" "cmake_minimum_required(VERSION 3.25)
project(Consumer LANGUAGES CXX)
enable_testing()
${way}
assay_add_recipes(RECIPES recipes)
")
  configure("-DCMAKE_BUILD_TYPE=${BUILD_TYPE}" "-DCMAKE_CXX_COMPILER=${COMPILER}"
            "-DCMAKE_CXX_COMPILER_LAUNCHER=${COMPILER_LAUNCHER}")
  # Of Assay's own tests, recipes and install rules nothing comes along.
  list_cases()
  expect_cases(recipes.DISCOVERY)
  run(COMMAND "${CMAKE_COMMAND}" --build "${build_dir}")
  list_cases()
  expect_cases(esm2-train-1)
  run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}" -V STDOUT "100% tests passed")
  run(COMMAND "${CMAKE_COMMAND}" --install "${build_dir}" --prefix "${WORK_DIR}/installed")
  if(EXISTS "${WORK_DIR}/installed/bin/assay")
    message(FATAL_ERROR "installing the consumer installed Assay")
  endif()
endfunction()
