# The Debian (bookworm) packages that Assay needs, in one place: the ctest scripts install from these
# lists, and `cmake -P cmake/dependencies.cmake [build|run|test]...` prints them.

# To configure and build, beside g++ and CMake.
set(ASSAY_BUILD_PACKAGES
    ninja-build pkg-config ccache
    libyaml-cpp-dev libfmt-dev libcli11-dev libsqlitecpp-dev libsqlite3-dev libre2-dev
    nlohmann-json3-dev libmd-dev libboost-dev libboost-filesystem-dev libcairo2-dev
    libcurl4-openssl-dev libjs-dygraphs libsimdjson-dev)

# What the sample recipes' programs use.
set(ASSAY_RUN_PACKAGES python3-sklearn)

# For the project's own tests. A private Slurm cluster (tests/slurm/cluster) runs from Debian's
# packages: its daemons and munge, accounting in MariaDB, slurmrestd with tokens, which curl asks.
set(ASSAY_TEST_PACKAGES
    libgtest-dev libgmock-dev libbenchmark-dev
    clang-16 libclang-rt-16-dev clang-format-16 clang-tidy-16
    libxml2-utils chromium-headless-shell
    slurmctld slurmd slurm-client munge slurmdbd mariadb-server
    slurmrestd slurm-wlm-jwt-plugin curl procps
    zsh fish)  # whose completion is tested

# From npm, where it is there, for one test: axe-core has no Debian package.
set(ASSAY_TEST_AXE axe-core@4.14.1)

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  set(groups "")
  math(EXPR last "${CMAKE_ARGC} - 1")
  foreach(i RANGE 3 ${last})
    list(APPEND groups "${CMAKE_ARGV${i}}")
  endforeach()
  if(CMAKE_ARGC LESS 4)
    set(groups build run test)
  endif()
  foreach(group IN LISTS groups)
    string(TOUPPER "${group}" group)
    list(JOIN ASSAY_${group}_PACKAGES " " line)
    execute_process(COMMAND "${CMAKE_COMMAND}" -E echo "${line}")
  endforeach()
endif()
