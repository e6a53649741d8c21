# SPDX-License-Identifier: Apache-2.0
# The only CMake logic of the project: how a folder becomes a target, and a file a test.

# Every target links this: language level, warnings, sanitizers.
add_library(queuemeter_build_rules INTERFACE)
target_compile_features(queuemeter_build_rules INTERFACE cxx_std_20)
target_include_directories(queuemeter_build_rules INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(queuemeter_build_rules INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor
  -Wold-style-cast -Woverloaded-virtual
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op>
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
  $<$<BOOL:${QUEUEMETER_WARNINGS_AS_ERRORS}>:-Werror>)
if(QUEUEMETER_SANITIZE)
  target_compile_options(queuemeter_build_rules INTERFACE
    -fsanitize=${QUEUEMETER_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-tsan>)
  target_link_options(queuemeter_build_rules INTERFACE -fsanitize=${QUEUEMETER_SANITIZE})
endif()

# What nearly every file includes, parsed once for all of them. Only where a build is clean and made
# once: the dev build is to show a missing include, and compiler caches do not go with it.
set(queuemeter_precompiles FALSE)
if(QUEUEMETER_PRECOMPILE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(queuemeter_precompiles TRUE)
  # GCC forgets that what is precompiled is the system's, and then doubts its strings. The dev build
  # has these warnings on.
  set(queuemeter_precompiled_options -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow
    -Wno-stringop-overread)
  file(CONFIGURE OUTPUT precompiled.cpp CONTENT "")
  foreach(kind plain fmt)
    add_library(queuemeter_precompiled_${kind} OBJECT "${CMAKE_CURRENT_BINARY_DIR}/precompiled.cpp")
    target_link_libraries(queuemeter_precompiled_${kind} PRIVATE
      queuemeter_build_rules Boost::headers)
    target_precompile_headers(queuemeter_precompiled_${kind} PRIVATE
      <algorithm> <array> <atomic> <chrono> <cstdint> <functional> <memory> <optional> <span>
      <string> <string_view> <utility> <variant> <vector> <boost/system/result.hpp>)
  endforeach()
  # Definitions of fmt's target are part of what is precompiled with it.
  target_link_libraries(queuemeter_precompiled_fmt PRIVATE fmt::fmt)
  target_precompile_headers(queuemeter_precompiled_fmt PRIVATE <fmt/format.h>)
  if(QUEUEMETER_TESTS)
    add_library(queuemeter_precompiled_test OBJECT "${CMAKE_CURRENT_BINARY_DIR}/precompiled.cpp")
    target_link_libraries(queuemeter_precompiled_test PRIVATE queuemeter_build_rules GTest::gmock)
    target_precompile_headers(queuemeter_precompiled_test PRIVATE
      <algorithm> <array> <chrono> <memory> <string> <vector> <gmock/gmock.h> <gtest/gtest.h>)
  endif()
endif()

# queuemeter_library(call HEADERS … SOURCES … PUBLIC … PRIVATE …)
# One folder, one target, with the alias queuemeter::call. PUBLIC = named in our headers.
function(queuemeter_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;SOURCES;PUBLIC;PRIVATE")
  set(target queuemeter_${name})
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    set(visibility PUBLIC)
    if(queuemeter_precompiles)
      set(kind plain)
      if("fmt::fmt" IN_LIST arg_PRIVATE)
        set(kind fmt)
      endif()
      target_precompile_headers(${target} REUSE_FROM queuemeter_precompiled_${kind})
      target_compile_options(${target} PRIVATE ${queuemeter_precompiled_options})
    endif()
    target_link_libraries(${target} PRIVATE ${arg_PRIVATE})
  else()
    add_library(${target} INTERFACE)
    set(visibility INTERFACE)
  endif()
  add_library(queuemeter::${name} ALIAS ${target})
  # Each header must compile alone. A source includes its own header first, which shows it; the
  # other headers have the target `all_verify_interface_header_sets`.
  set(alone ${arg_HEADERS})
  list(TRANSFORM arg_SOURCES REPLACE "\\.cpp$" ".hpp" OUTPUT_VARIABLE of_sources)
  list(REMOVE_ITEM alone ${of_sources})
  set(with_source ${arg_HEADERS})
  list(REMOVE_ITEM with_source ${alone})
  target_sources(${target} ${visibility}
    FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${with_source}
    FILE_SET alone TYPE HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${alone})
  set_target_properties(${target} PROPERTIES
    VERIFY_INTERFACE_HEADER_SETS ON INTERFACE_HEADER_SETS_TO_VERIFY alone)
  target_link_libraries(${target} ${visibility} queuemeter_build_rules ${arg_PUBLIC})
endfunction()

# The main() of all test programs.
if(QUEUEMETER_TESTS)
  add_library(queuemeter_test_main STATIC "${PROJECT_SOURCE_DIR}/tests/test_main.cpp")
  target_link_libraries(queuemeter_test_main PRIVATE queuemeter_build_rules PUBLIC GTest::gtest)
endif()

# queuemeter_test(call/quantity_test.cpp LABEL unit [NEEDS …] [LINK …])
# One test program per file (its path counts from tests/), one CTest entry per TEST, named
# folder/file:Suite.Claim. WHOLE: one entry for the file, whose tests share an expensive set-up.
# NEEDS: programs that its tests start, named as their Debian packages. Where one is missing, all
# that need it are one absent part.
function(queuemeter_test source)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SERIAL;WHOLE" "LABEL;TIMEOUT" "NEEDS;LINK")
  foreach(program IN LISTS arg_NEEDS)
    find_program(QUEUEMETER_PROGRAM_${program} ${program})
    mark_as_advanced(QUEUEMETER_PROGRAM_${program})
    if(NOT QUEUEMETER_PROGRAM_${program})
      queuemeter_absent(${program} ${program})
      return()
    endif()
  endforeach()
  string(REGEX REPLACE "\\.cpp$" "" path "${source}")
  string(REPLACE "/" "_" target "${path}")
  # Sanitizers slow what is timed: those presets run unit and contract tests, and build no others.
  set(when "")
  if(QUEUEMETER_SANITIZE AND NOT arg_LABEL MATCHES "^(unit|contract)$")
    set(when EXCLUDE_FROM_ALL)
  endif()
  add_executable(${target} ${when} "${PROJECT_SOURCE_DIR}/tests/${source}")
  target_link_libraries(${target} PRIVATE ${arg_LINK} GTest::gmock queuemeter_test_main)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  if(queuemeter_precompiles)
    target_precompile_headers(${target} REUSE_FROM queuemeter_precompiled_test)
    target_compile_options(${target} PRIVATE ${queuemeter_precompiled_options})
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  set(properties LABELS "${arg_LABEL}" TIMEOUT ${arg_TIMEOUT})
  if(arg_SERIAL)
    list(APPEND properties RUN_SERIAL TRUE)
  endif()
  # Where tests find the program and the tree.
  target_compile_definitions(${target} PRIVATE
    QUEUEMETER_BINARY="${PROJECT_BINARY_DIR}/queuemeter"
    QUEUEMETER_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if(arg_WHOLE)
    add_test(NAME "${path}" COMMAND ${target})
    set_tests_properties("${path}" PROPERTIES ${properties})
  else()
    gtest_discover_tests(${target}
      TEST_PREFIX "${path}:" DISCOVERY_TIMEOUT 60 PROPERTIES ${properties})
  endif()
endfunction()

# queuemeter_absent(name package): a part that cannot be built or tested here. One CTest entry,
# reported Skipped with the package to install (failed when QUEUEMETER_REQUIRE_ALL is set), and a
# line in the configure summary, however often it is found missing.
function(queuemeter_absent name package)
  get_property(known GLOBAL PROPERTY queuemeter_absent_parts)
  if(name IN_LIST known)
    return()
  endif()
  set_property(GLOBAL APPEND PROPERTY queuemeter_absent_parts "${name}")
  message(STATUS "queuemeter: not here: ${name} (install ${package})")
  if(QUEUEMETER_TESTS)
    add_test(NAME "absent:${name}" COMMAND ${CMAKE_COMMAND}
      "-DNAME=${name}" "-DPACKAGE=${package}" -P "${PROJECT_SOURCE_DIR}/cmake/AbsentPart.cmake")
    set_tests_properties("absent:${name}" PROPERTIES
      SKIP_REGULAR_EXPRESSION "SKIPPED" LABELS absent)
  endif()
endfunction()
