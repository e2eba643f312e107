# What the README shows works as it stands there: its recipe, and its call in a CMake project.
file(READ "${ASSAY_SOURCE_DIR}/README.md" readme)
string(REPLACE ";" "\\;" readme "${readme}")
function(snippet result language)
  if(NOT "${readme}" MATCHES "```${language}\n([^`]*)```")
    message(FATAL_ERROR "README.md has no ${language} snippet")
  endif()
  set(${result} "${CMAKE_MATCH_1}" PARENT_SCOPE)
endfunction()

snippet(recipe yaml)
file(WRITE "${project_dir}/recipes/esm2.yaml" "${recipe}")
run(COMMAND "${ASSAY_TOOL}" lint "${project_dir}/recipes/esm2.yaml")
run(COMMAND "${ASSAY_TOOL}" list --format names "${project_dir}/recipes/esm2.yaml"
    STDOUT "^esm2_fp32_seed-1\nesm2_fp32_seed-2\nesm2_bf16_seed-1\nesm2_bf16_seed-2\n$")

snippet(call cmake)
run(COMMAND "${CMAKE_COMMAND}" --install "${ASSAY_BINARY_DIR}" --prefix "${WORK_DIR}/installed")
file(WRITE "${project_dir}/CMakeLists.txt" "cmake_minimum_required(VERSION 3.25)
project(Consumer LANGUAGES NONE)
enable_testing()
${call}")
file(WRITE "${project_dir}/site.yaml" "launchers:\n  dgxa100: {type: slurm, partition: batch}\n")
file(WRITE "${project_dir}/recipes/openfold.yaml" "type: basic
spec: {name: 'openfold_{gpus}', script: 'true'}
products: [{gpus: [8, 16]}]
")
configure("-DCMAKE_PREFIX_PATH=${WORK_DIR}/installed")
list_cases()
expect_cases(openfold-8)
