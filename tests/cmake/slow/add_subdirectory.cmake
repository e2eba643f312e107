include("${CMAKE_CURRENT_LIST_DIR}/../source_consumer.cmake")
consume("add_subdirectory([[${ASSAY_SOURCE_DIR}]] assay EXCLUDE_FROM_ALL)
add_custom_target(tools ALL DEPENDS Assay::assay)")
