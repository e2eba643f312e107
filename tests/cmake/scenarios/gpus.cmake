# Cases that want GPUs: resource groups where the machine has enough, and a specification to match.
file(WRITE "${project_dir}/recipes/esm2.yaml" "type: basic
spec:
  name: 'esm2_{gpus}'
  model: esm2
  script: 'true'
products:
- gpus: [0, 1, 2, 4]
")
write_project("assay_add_recipes(RECIPES recipes)")
configure()

function(fake_gpus count)
  set(text "#!/bin/sh\ncase \"$1\" in --query-gpu=*)\n")
  set(i 0)
  while(i LESS count)
    string(APPEND text "echo '${i}, GPU-0000000${i}-1111-2222-3333-444444444444, NVIDIA Test, 1.0, [N/A]'\n")
    math(EXPR i "${i} + 1")
  endwhile()
  file(WRITE "${WORK_DIR}/bin/nvidia-smi" "${text};; esac\n")
  file(CHMOD "${WORK_DIR}/bin/nvidia-smi" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
endfunction()

function(expect_groups)
  run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}" --show-only=json-v1)
  set(found "")
  foreach(test RANGE 3)
    string(JSON properties GET "${stdout}" tests ${test} properties)
    if("${properties}" MATCHES "RESOURCE_GROUPS")
      string(JSON name GET "${stdout}" tests ${test} name)
      string(REGEX MATCHALL "requirements" groups "${properties}")
      list(LENGTH groups count)
      list(APPEND found "${name}:${count}")
    endif()
  endforeach()
  expect_equal("${found}" "${ARGN}")
endfunction()

unset(ENV{CUDA_VISIBLE_DEVICES})
set(ENV{PATH} "${WORK_DIR}/bin:$ENV{PATH}")
fake_gpus(0)
expect_groups()
fake_gpus(2)
expect_groups(esm2-1:1 esm2-2:2)
file(READ "${build_dir}/recipes/resources.json" resources)
string(JSON count LENGTH "${resources}" local 0 gpus)
expect_equal("${count}" 2)
# CTest reads the specification: a job that may not have its GPUs would not start.
run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}" -N -V
    STDOUT "Total Tests: 4")
fake_gpus(4)
expect_groups(esm2-1:1 esm2-2:2 esm2-4:4)
# Within a mask of the caller.
set(ENV{CUDA_VISIBLE_DEVICES} "1")
expect_groups(esm2-1:1)
