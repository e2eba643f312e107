# CTest remembers failed cases by number. Where the numbers now mean other cases, its memory goes.
write_recipe(esm2 "1, 2")
write_project("assay_add_recipes(RECIPES recipes)
add_test(NAME other COMMAND \"\${CMAKE_COMMAND}\" -E true)")
configure()
list_cases()
set(memory "${build_dir}/Testing/Temporary/LastTestsFailed.log")
set(checkpoint "${build_dir}/Testing/Temporary/CTestCheckpoint.txt")

function(remember)
  file(MAKE_DIRECTORY "${build_dir}/Testing/Temporary")
  file(WRITE "${memory}" "2:esm2-train-2\n")
  file(WRITE "${checkpoint}" "1\n")
endfunction()

# Unchanged cases: --rerun-failed goes on.
remember()
list_cases()
list_cases(--rerun-failed)
expect_cases(esm2-train-2)

# An edit that changes no case keeps it as well.
file(APPEND "${project_dir}/recipes/esm2.yaml" "# a remark\n")
list_cases(--rerun-failed)
expect_cases(esm2-train-2)

# A case before it: number 2 is another one now.
remember()
write_recipe(bert 1)
list_cases()
if(EXISTS "${memory}" OR EXISTS "${checkpoint}")
  message(FATAL_ERROR "${memory} or ${checkpoint} is still there")
endif()

# A filter changes the numbers too.
remember()
set(ENV{ASSAY_FILTER} "spec.model == 'esm2'")
list_cases()
if(EXISTS "${memory}")
  message(FATAL_ERROR "${memory} is still there")
endif()
