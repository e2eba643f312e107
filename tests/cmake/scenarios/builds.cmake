# Builds are fixtures of the cases that run in their images, where the site has podman: here one that
# writes down what it is asked, and runs a job where the image was made before.
file(WRITE "${WORK_DIR}/bin/podman" [=[#!/bin/sh
echo "podman $*" >>"$WORK_DIR/podman.log"
made() { echo "$WORK_DIR/images/$(echo "$1" | tr / _)"; }
mkdir -p "$WORK_DIR/images"
case $1 in
  pull) : >"$(made "$2")" ;;
  build)
    while [ "$1" != -t ]; do shift; done
    : >"$(made "$2")" ;;
  run)
    while [ "$1" != localhost/assay/app ]; do shift || exit 2; done
    test -e "$(made "$1")" || { echo "no such image: $1" >&2; exit 125; }
    shift
    exec "$@" ;;
esac
]=])
file(CHMOD "${WORK_DIR}/bin/podman" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
set(ENV{WORK_DIR} "${WORK_DIR}")
set(path "$ENV{PATH}")
set(ENV{PATH} "${WORK_DIR}/bin:${path}")

file(WRITE "${WORK_DIR}/repo/docker/Containerfile" "FROM scratch\n")
foreach(arguments IN ITEMS "init;-q" "add;." "commit;-q;-m;Start")
  run(COMMAND git -c user.name=a -c user.email=a@b ${arguments} IN "${WORK_DIR}/repo")
endforeach()
file(WRITE "${project_dir}/site.yaml" "launchers: {here: {type: local, container: podman}}\n")
file(WRITE "${project_dir}/recipes/builds/images.yaml" "type: build
format_version: 1
spec: {name: base, source: {image: 'registry.example/base:1'}}
---
type: build
format_version: 1
spec:
  name: app
  parent: base
  source:
    repo: ${WORK_DIR}/repo
    dockerfile: docker/Containerfile
    arguments: {LEVEL: 2 and more}
---
type: build
format_version: 1
spec: {name: unused, source: {image: 'registry.example/unused'}}
")
file(WRITE "${project_dir}/recipes/train.yaml" "type: basic
format_version: 1
spec: {name: 'train_{kind}', kind: app, build: '{kind}', model: esm2, script: echo in the image}
")
write_recipe(plain 1)
write_project("assay_add_recipes(RECIPES recipes SITE site.yaml)")
configure()
list_cases()
expect_cases(base app plain-train-1 train-app)

# The image's parents come first, and only what is needed.
run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}" -R train-app -V
    STDOUT "Start +[0-9]+: base.*Start +[0-9]+: app.*Start +[0-9]+: train-app"
           "100% tests passed, 0 tests failed out of 3")
file(READ "${WORK_DIR}/podman.log" log)
if(NOT "${log}" MATCHES "^podman pull registry.example/base:1
podman build -f source/docker/Containerfile --from registry.example/base:1 --build-arg LEVEL=2 and more -t localhost/assay/app source
podman run [^\n]* localhost/assay/app bash script.sh\n")
  message(FATAL_ERROR "podman was asked for:\n${log}")
endif()

# In a recipe's own test directory, too.
run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}/recipes/train" -N
    STDOUT ": train-app\n.*: base\n.*: app\n" "Total Tests: 3")
run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}/recipes/plain" -N
    STDOUT "Total Tests: 1")

# A build that fails keeps its recipes from running.
file(WRITE "${WORK_DIR}/repo/docker/Containerfile" "FROM scratch\nRUN false\n")
file(RENAME "${WORK_DIR}/repo" "${WORK_DIR}/gone")
run(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}" -R train-app RESULT 8
    STDOUT "app \\.+\\*\\*\\*Failed" "train-app \\.+\\*\\*\\*Not Run")

# What the caller supplies is not built, and the cases know it.
set(ENV{ASSAY_IMAGE_APP} "localhost/assay/app")
list_cases()
expect_cases(plain-train-1 train-app)
unset(ENV{ASSAY_IMAGE_APP})

# A build that changes its parents changes the cases of recipes that did not change.
file(WRITE "${project_dir}/recipes/builds/images.yaml" "type: build
spec: {name: app, source: {image: 'registry.example/other'}}
")
list_cases()
expect_cases(app plain-train-1 train-app)

# Without podman images are only resolved.
file(WRITE "${project_dir}/site.yaml" "launchers: {here: {type: local, container: docker}}\n")
list_cases()
expect_cases(plain-train-1 train-app)
