# What each case tells CTest: labels, command, time limit, cost.
file(WRITE "${project_dir}/recipes/my recipe [1].yaml" "type: recipe
format_version: 1
labels:
  team: 'bio;nemo'
  origin: ''
key_segments: {seed: seed}
spec:
  model: esm2
  variant: train
  scope: perf
  precision: fp32
  nodes: 2
  gpus: 0
  time_limit: 100
  n_repeat: 3
  script: 'true'
retry:
- {exit_code: 7, class: infra, max: 2}
products:
- seed: [1]
")
file(WRITE "${project_dir}/site dir/site.yaml" "launchers:
  here: {type: local}
  cluster: {type: slurm, partition: main}
")
write_project("assay_add_recipes(RECIPES recipes SITE [[site dir/site.yaml]] LAUNCHER here
  LABELS smoke [[a b]] PREFIX bio.)
assay_add_recipes(RECIPES recipes SITE [[site dir/site.yaml]] LAUNCHER cluster PREFIX cluster.)")
configure()
set(ENV{ASSAY_LABEL_ORIGIN} "ci")
list_cases()
set(name esm2_train_perf_fp32_nodes-2_gpus-0_seed-1)
expect_cases(bio.${name} cluster.${name})
list_cases(-L "^model=esm2$" -L "^smoke$")
expect_cases(bio.${name})
list_cases(-L "^origin=ci$")
expect_cases(bio.${name} cluster.${name})
list_cases(-L "^model=esm$")
expect_cases()

run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}" --show-only=json-v1)
function(property result test name)
  set(${result} "none" PARENT_SCOPE)
  string(JSON count LENGTH "${stdout}" tests ${test} properties)
  math(EXPR last "${count} - 1")
  foreach(i RANGE ${last})
    string(JSON key GET "${stdout}" tests ${test} properties ${i} name)
    if(key STREQUAL name)
      string(JSON value GET "${stdout}" tests ${test} properties ${i} value)
      set(${result} "${value}" PARENT_SCOPE)
    endif()
  endforeach()
endfunction()
property(labels 0 LABELS)
string(JSON count LENGTH "${labels}")
set(texts "")
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
  string(JSON label GET "${labels}" ${i})
  list(APPEND texts "${label}")
endforeach()
expect_equal("${texts}" "a b;gpus=0;model=esm2;nodes=2;origin=ci;precision=fp32;scope=perf;smoke;team=bio,nemo;variant=train")
property(cost 0 COST)
expect_equal("${cost}" 200.0)
property(skip 0 SKIP_RETURN_CODE)
expect_equal("${skip}" 77)
# 2 attempts x 3 repeats x (100 s + 10 s to end + 20 s around it) + 60 s.
property(timeout 0 TIMEOUT)
expect_equal("${timeout}" 840.0)
property(timeout 1 TIMEOUT)
expect_equal("${timeout}" 0.0)
property(groups 0 RESOURCE_GROUPS)
expect_equal("${groups}" none)

set(words "")
string(JSON count LENGTH "${stdout}" tests 0 command)
math(EXPR last "${count} - 1")
foreach(i RANGE 1 ${last})
  string(JSON word GET "${stdout}" tests 0 command ${i})
  string(APPEND words "<${word}>")
endforeach()
expect_equal("${words}" "<run><${project_dir}/recipes/my recipe [1].yaml><--product><recipe/${name}><--case><bio.${name}><--site><${project_dir}/site dir/site.yaml><--launcher><here><--work-dir><${build_dir}/assay/work><--history><${build_dir}/assay/history.sqlite>")
