# Paths and filters with characters that CMake's language gives a meaning. (Brackets that do not
# match cannot be in a CMake list at all.)
set(odd "o'dd [=[dir]=] #\$HOME @x@")
write_recipe(esm2 "1, 2")
file(RENAME "${project_dir}/recipes" "${project_dir}/${odd}")
write_project("assay_add_recipes(RECIPES [===[${odd}]===]
  FILTER \"spec.seed == 1 or spec.model == 'a;b' or spec.model in ['c', 'd;e', '\\\"']\")")
set(build_dir "${WORK_DIR}/build dir \$x @y@")
configure()
list_cases()
expect_cases(esm2-train-1)
