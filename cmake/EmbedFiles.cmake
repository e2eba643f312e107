# assay_embed_files(OUTPUT file.cpp HEADER header.h FUNCTION name FILES path=file...)
#
# Writes a C++ source that defines `std::span<const Asset> name()`, declared in the header, with each
# file's bytes under its path. A changed file makes CMake write it again.
function(assay_embed_files)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "OUTPUT;HEADER;FUNCTION" "FILES")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "assay_embed_files: unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  foreach(required IN ITEMS OUTPUT HEADER FUNCTION FILES)
    if(NOT arg_${required})
      message(FATAL_ERROR "assay_embed_files: ${required} is missing")
    endif()
  endforeach()
  set(arrays "")
  set(entries "")
  set(number 0)
  foreach(item IN LISTS arg_FILES)
    string(FIND "${item}" "=" at)
    string(SUBSTRING "${item}" 0 ${at} path)
    math(EXPR at "${at} + 1")
    string(SUBSTRING "${item}" ${at} -1 file)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    file(READ "${file}" hex HEX)
    string(LENGTH "${hex}" length)
    math(EXPR length "${length} / 2")
    # One string literal per line of 32 bytes: what compilers read fastest.
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${hex}")
    string(REPEAT "\\\\x[0-9a-f][0-9a-f]" 32 line)
    string(REGEX REPLACE "(${line})" "\\1\"\n  \"" bytes "${bytes}")
    string(APPEND arrays "constexpr char file_${number}[] =\n  \"${bytes}\";\n")
    string(APPEND entries "  {\"${path}\", {file_${number}, ${length}}},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  file(CONFIGURE OUTPUT "${arg_OUTPUT}" @ONLY CONTENT [==[
// Made by cmake/EmbedFiles.cmake.
#include "@arg_HEADER@"
namespace assay {
namespace {
@arrays@
constexpr Asset assets[] = {
@entries@};
}  // namespace
std::span<const Asset> @arg_FUNCTION@() { return assets; }
}  // namespace assay
]==])
endfunction()
