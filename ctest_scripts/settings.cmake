# What can be set, and from where: -DNAME=value, else ASSAY_NAME in the environment, else
# set(NAME value) in AssayCTest.cmake of the source tree (another file: -DPROJECT_FILE=...), else
# the default. README.md beside this file says what each setting means.

set(assay_setting_names
    SOURCE_DIR BUILD_DIR PRESET RECIPES SITE LAUNCHER MODEL FILTER LABELS JOBS TIME_BUDGET GPU_MODEL
    SITE_NAME BUILD_NAME NAME_SUFFIX GROUP CDASH_URL CDASH_TOKEN_FILE KEEP_DIR SUBMIT_TRIES SUBMIT_DELAY
    SUBMIT_TIMEOUT UPLOAD_LIMIT DASHBOARD_DIR DRY_RUN SLOW)

# The value of a setting, by the order above.
macro(assay_setting name default)
  if(NOT DEFINED ${name})
    set(${name} "$ENV{ASSAY_${name}}")
    if("${${name}}" STREQUAL "" AND DEFINED assay_project_${name})
      set(${name} "${assay_project_${name}}")
    endif()
    if("${${name}}" STREQUAL "")
      set(${name} "${default}")
    endif()
  endif()
endmacro()

# Reads a project's file into assay_project_<NAME> of the caller. It is CMake code that may only set
# what is listed above: a misspelt name would otherwise be ignored.
function(assay_read_project_file file)
  file(STRINGS "${file}" lines REGEX "^[ \t]*set[ \t]*\\(")
  include("${file}")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^[ \t]*set[ \t]*\\([ \t]*([^ \t)]*).*$" "\\1" name "${line}")
    if(name IN_LIST assay_setting_names)
      set(assay_project_${name} "${${name}}" PARENT_SCOPE)
    elseif(name MATCHES "^[A-Z][A-Z_]*$")
      assay_end(2 "${file}: there is no setting '${name}'; there are ${assay_setting_names}")
    endif()
  endforeach()
endfunction()

# "90", "90s", "15m", "2h", "1d" in seconds; ends the script where it is none of these.
function(assay_seconds result setting text)
  if(NOT "${text}" MATCHES "^([0-9]+)([smhd]?)$")
    assay_end(2 "${setting}=${text}: a time is a number of seconds, or has s, m, h or d after it")
  endif()
  set(number "${CMAKE_MATCH_1}")
  set(unit "${CMAKE_MATCH_2}")
  set(factor 1)
  foreach(pair IN ITEMS "m:60" "h:3600" "d:86400")
    if("${pair}" MATCHES "^${unit}:([0-9]+)$" AND NOT unit STREQUAL "")
      set(factor "${CMAKE_MATCH_1}")
    endif()
  endforeach()
  math(EXPR seconds "${number} * ${factor}")
  set(${result} "${seconds}" PARENT_SCOPE)
endfunction()

# Text as part of a name that dashboards keep: only [A-Za-z0-9_.=-].
function(assay_plain_name result text)
  string(REGEX REPLACE "[^A-Za-z0-9_.=-]+" "-" text "${text}")
  string(REGEX REPLACE "^-+|-+$" "" text "${text}")
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

# The launcher that jobs go to: what was asked for, else the site file's default, else local.
function(assay_launcher_name result)
  set(name "${LAUNCHER}")
  if(name STREQUAL "" AND NOT SITE STREQUAL "" AND EXISTS "${SITE}")
    file(STRINGS "${SITE}" line REGEX "^default_launcher:" LIMIT_COUNT 1)
    string(REGEX REPLACE "^default_launcher:[ \t]*([^ \t#]*).*$" "\\1" name "${line}")
  endif()
  if(name STREQUAL "")
    set(name local)
  endif()
  set(${result} "${name}" PARENT_SCOPE)
endfunction()

# The model of this machine's first GPU, "cpu" where there is none; for jobs that go elsewhere only
# GPU_MODEL can say it.
function(assay_gpu_model result launcher)
  set(model "${GPU_MODEL}")
  if(model STREQUAL "" AND launcher STREQUAL "local")
    set(model cpu)
    find_program(ASSAY_NVIDIA_SMI nvidia-smi)
    if(ASSAY_NVIDIA_SMI)
      execute_process(COMMAND "${ASSAY_NVIDIA_SMI}" --query-gpu=name --format=csv,noheader
                      OUTPUT_VARIABLE names ERROR_QUIET RESULT_VARIABLE code TIMEOUT 60)
      string(REGEX MATCH "^[^\n]+" first "${names}")
      if(code EQUAL 0 AND NOT first STREQUAL "")
        set(model "${first}")
      endif()
    endif()
  endif()
  assay_plain_name(model "${model}")
  set(${result} "${model}" PARENT_SCOPE)
endfunction()

# The site's name on dashboards, stable over time: the cluster for jobs that go to one; where a CI
# runs this, its runner, as the host's name is a container's there; else the host.
function(assay_site_name result launcher)
  site_name(host)
  set(name "${host}")
  if(NOT launcher STREQUAL "local")
    set(name "${launcher}")
  elseif(NOT "$ENV{CI_RUNNER_DESCRIPTION}" STREQUAL "")
    set(name "$ENV{CI_RUNNER_DESCRIPTION}")
  elseif("$ENV{RUNNER_ENVIRONMENT}" STREQUAL "github-hosted")
    set(name "github-hosted")
  elseif(NOT "$ENV{RUNNER_NAME}" STREQUAL "")
    set(name "$ENV{RUNNER_NAME}")
  endif()
  assay_plain_name(name "${name}")
  set(${result} "${name}" PARENT_SCOPE)
endfunction()
