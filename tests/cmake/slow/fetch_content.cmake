include("${CMAKE_CURRENT_LIST_DIR}/../source_consumer.cmake")
consume("include(FetchContent)
FetchContent_Declare(Assay SOURCE_DIR [[${ASSAY_SOURCE_DIR}]] OVERRIDE_FIND_PACKAGE)
find_package(Assay REQUIRED)")
