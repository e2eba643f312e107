# assay_add_recipes: GPU model tests as ctest cases.

#[=======================================================================[.rst:
assay_add_recipes
-----------------

Makes every product of recipes a CTest case::

  assay_add_recipes(
    RECIPES   recipes/smoke recipes/extra.yaml
    [SITE      site.yaml] [LAUNCHER dgxa100]
    [FILTER    "spec.gpus <= 8"]
    [LABELS    smoke]
    [PREFIX    bionemo.]
    [DIRECTORY recipes])

``RECIPES`` files and directories, relative to the current source directory. Directories are searched
            for ``*.yaml`` and ``*.yml`` to any depth.
``SITE``    the site file that says what launchers there are; default: ``$ASSAY_SITE`` when ctest
            runs, else the person's own, else one launcher ``local``, this machine.
``LAUNCHER`` the launcher of that file; default: the file's own default.
``FILTER``  a filter expression; products that do not match become no cases. A filter of the moment
            is the environment variable ``ASSAY_FILTER`` of ctest; both hold.
``LABELS``  added to each case's labels.
``PREFIX``  put before each case's name: letters, digits and ``_ . = -``.
``DIRECTORY`` where the test directories of the recipes go, below the current binary directory:
            ``ctest --test-dir build/recipes/esm2`` runs the cases of ``esm2.yaml`` alone. Default:
            ``recipes``, and ``recipes-2``, ... for further calls.

Cases are discovered when ctest starts: an edited, added or deleted recipe counts at once, and only
changed recipes are read again. What is wrong with a recipe, a filter or the site file, and that there
is no case at all, become red cases named ``<recipe>.DISCOVERY``.
#]=======================================================================]
function(assay_add_recipes)
  set(options "")
  set(one_value SITE LAUNCHER FILTER PREFIX DIRECTORY)
  set(many_values RECIPES LABELS)
  cmake_parse_arguments(PARSE_ARGV 0 arg "${options}" "${one_value}" "${many_values}")

  set(unknown "${arg_UNPARSED_ARGUMENTS}")
  foreach(path IN LISTS arg_RECIPES)
    # A misspelt keyword among RECIPES reads as one of them.
    if("${path}" MATCHES "^[A-Z_]+$" AND NOT EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${path}")
      list(APPEND unknown "${path}")
    endif()
  endforeach()
  if(unknown)
    list(GET unknown 0 word)
    message(FATAL_ERROR "assay_add_recipes: unknown argument '${word}'; "
                        "it takes RECIPES, SITE, LAUNCHER, FILTER, LABELS, PREFIX and DIRECTORY")
  endif()
  if(DEFINED arg_KEYWORDS_MISSING_VALUES)
    list(GET arg_KEYWORDS_MISSING_VALUES 0 word)
    message(FATAL_ERROR "assay_add_recipes: ${word} needs a value")
  endif()
  if(NOT DEFINED arg_RECIPES)
    message(FATAL_ERROR "assay_add_recipes: RECIPES is missing: name recipe files or directories")
  endif()
  if(NOT "${arg_PREFIX}" MATCHES "^[A-Za-z0-9_.=-]*$")
    message(FATAL_ERROR "assay_add_recipes: PREFIX '${arg_PREFIX}' has a character that CTest does "
                        "not handle everywhere; use letters, digits and _ . = -")
  endif()
  if(NOT TARGET Assay::assay)
    message(FATAL_ERROR "assay_add_recipes: there is no target Assay::assay; use "
                        "find_package(Assay), FetchContent or add_subdirectory")
  endif()

  set(recipes "")
  foreach(path IN LISTS arg_RECIPES)
    cmake_path(ABSOLUTE_PATH path BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    if(NOT EXISTS "${path}")
      message(FATAL_ERROR "assay_add_recipes: RECIPES names ${path}, which does not exist")
    endif()
    list(APPEND recipes "${path}")
  endforeach()
  if(DEFINED arg_SITE)
    cmake_path(ABSOLUTE_PATH arg_SITE BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    if(NOT EXISTS "${arg_SITE}")
      message(FATAL_ERROR "assay_add_recipes: SITE names ${arg_SITE}, which does not exist")
    endif()
  endif()

  get_property(used DIRECTORY PROPERTY assay_directories)
  set(name "${arg_DIRECTORY}")
  if(NOT DEFINED arg_DIRECTORY)
    set(name recipes)
    set(number 1)
    while("${name}" IN_LIST used)
      math(EXPR number "${number} + 1")
      set(name "recipes-${number}")
    endwhile()
  elseif("${name}" IN_LIST used)
    message(FATAL_ERROR "assay_add_recipes: another call has DIRECTORY '${name}' already")
  elseif(NOT "${name}" MATCHES "^[A-Za-z0-9_][A-Za-z0-9_.=-]*$")
    message(FATAL_ERROR "assay_add_recipes: DIRECTORY '${name}' is no plain name")
  endif()
  set_property(DIRECTORY APPEND PROPERTY assay_directories "${name}")

  set(directory "${CMAKE_CURRENT_BINARY_DIR}/${name}")
  set(arguments ${recipes} "--directory=${directory}" "--build-dir=${CMAKE_BINARY_DIR}")
  _assay_ctest_directories(ctest_directories)
  list(TRANSFORM ctest_directories PREPEND "--ctest-dir=")
  list(TRANSFORM arg_LABELS PREPEND "--add-label=")
  list(APPEND arguments ${ctest_directories} ${arg_LABELS})
  get_property(earlier GLOBAL PROPERTY assay_call_directories)
  set_property(GLOBAL APPEND PROPERTY assay_call_directories "${directory}")
  list(TRANSFORM earlier PREPEND "--earlier=")
  list(APPEND arguments ${earlier})
  foreach(option IN ITEMS SITE LAUNCHER FILTER PREFIX)
    if(DEFINED arg_${option})
      string(TOLOWER "--${option}" flag)
      string(REPLACE ";" "\\;" value "${arg_${option}}")
      list(APPEND arguments "${flag}=${value}")
    endif()
  endforeach()
  _assay_write_include("${directory}" "${arg_PREFIX}${name}" "${arguments}")
  _assay_make_test_directories("${directory}" "${recipes}")
  cmake_language(DEFER DIRECTORY "${CMAKE_SOURCE_DIR}" CALL _assay_check_testing)
endfunction()

# The directories whose CTestTestfile.cmake leads to the current one: ctest may be started in each.
function(_assay_ctest_directories result)
  set(directories "")
  set(source "${CMAKE_CURRENT_SOURCE_DIR}")
  while(source)
    get_property(binary DIRECTORY "${source}" PROPERTY BINARY_DIR)
    list(APPEND directories "${binary}")
    get_property(source DIRECTORY "${source}" PROPERTY PARENT_DIRECTORY)
  endwhile()
  set(${result} "${directories}" PARENT_SCOPE)
endfunction()

# A bracket argument that holds the text, whatever it is.
function(_assay_quote result text)
  set(equals "=")
  while("${text}" MATCHES "\\]${equals}")
    string(APPEND equals "=")
  endwhile()
  set(${result} "[${equals}[${text}]${equals}]" PARENT_SCOPE)
endfunction()

# Writes what ctest includes when it starts: the arguments and the tool of this call, and the script
# that uses them. All of it lies in the build tree.
function(_assay_write_include directory title arguments)
  configure_file("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/AssayDiscover.cmake"
                 "${directory}/AssayDiscover.cmake" COPYONLY)
  get_property(is_multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
  set(config "")
  set(ctest_config "")
  if(is_multi_config)
    set(config "-$<CONFIG>")
    set(ctest_config "-\${CTEST_CONFIGURATION_TYPE}")
  endif()
  file(GENERATE OUTPUT "${directory}/tool${config}.cmake"
       CONTENT "set(assay_tool [==[$<TARGET_FILE:Assay::assay>]==])\n")

  set(content "# Written by assay_add_recipes, called in ${CMAKE_CURRENT_SOURCE_DIR}.\n")
  string(APPEND content "set(assay_title \"${title}\")\nset(assay_arguments")
  foreach(argument IN LISTS arguments)
    string(REPLACE ";" "\\;" argument "${argument}")
    _assay_quote(quoted "${argument}")
    string(APPEND content "\n  ${quoted}")
  endforeach()
  _assay_quote(quoted "${directory}")
  string(APPEND content ")\nset(assay_tool \"\")\nset(assay_directory ${quoted})\n"
                        "include(\"\${assay_directory}/tool${ctest_config}.cmake\" OPTIONAL)\n"
                        "include(\"\${assay_directory}/AssayDiscover.cmake\")\n")
  file(WRITE "${directory}/discover.cmake" "${content}")
  # So that ctest can be started in this directory too. Where it is a directory of the project as
  # well, CMake writes its own file here afterwards.
  _assay_quote(quoted "${directory}/discover.cmake")
  file(WRITE "${directory}/CTestTestfile.cmake" "include(${quoted})\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${directory}/discover.cmake")
endfunction()

# The test directories of the recipes that are there now, so that the first ctest can be started in one
# of them; assay discover makes those of later ones.
function(_assay_make_test_directories directory recipes)
  foreach(path IN LISTS recipes)
    cmake_path(GET path PARENT_PATH root)
    set(files "${path}")
    if(IS_DIRECTORY "${path}")
      set(root "${path}")
      file(GLOB_RECURSE files "${path}/*.yaml" "${path}/*.yml")
    endif()
    foreach(file IN LISTS files)
      file(RELATIVE_PATH stem "${root}" "${file}")
      string(REGEX REPLACE "[.]ya?ml$" "" stem "${stem}")
      _assay_quote(only "${stem}")
      _assay_quote(include "${directory}/discover.cmake")
      file(WRITE "${directory}/${stem}/CTestTestfile.cmake"
           "set(assay_only ${only})\ninclude(${include})\nunset(assay_only)\n")
    endforeach()
  endforeach()
endfunction()

# Runs at the end of the top directory: without testing, CMake writes nothing that ctest would read.
function(_assay_check_testing)
  if(CMAKE_TESTING_ENABLED OR (DEFINED BUILD_TESTING AND NOT BUILD_TESTING))
    return()
  endif()
  message(WARNING "assay_add_recipes: testing is not enabled, so ctest will find no case; call "
                  "enable_testing() or include(CTest) in ${CMAKE_SOURCE_DIR}/CMakeLists.txt")
endfunction()
