# Boost (Asio, Beast and, before 1.86, Process v2 are header-only), CLI11, zstd, RE2, Catch2 2.13 or 3.
if(TALOS_STATIC)
  set(Boost_USE_STATIC_LIBS ON)
endif()
find_package(Boost 1.81 REQUIRED COMPONENTS filesystem json log)
find_package(CLI11 REQUIRED)
find_package(Threads REQUIRED)

# zstd compresses and reads old logs. Debian's package has no CMake file.
find_path(TALOS_ZSTD_INCLUDE zstd.h REQUIRED)
if(TALOS_STATIC)
  find_library(TALOS_ZSTD_STATIC libzstd.a)   # the shared library is an alternative
endif()
find_library(TALOS_ZSTD_SHARED zstd REQUIRED)
add_library(talos_zstd INTERFACE)
target_include_directories(talos_zstd SYSTEM INTERFACE ${TALOS_ZSTD_INCLUDE})
if(TALOS_STATIC AND TALOS_ZSTD_STATIC)
  target_link_libraries(talos_zstd INTERFACE ${TALOS_ZSTD_STATIC})
else()
  target_link_libraries(talos_zstd INTERFACE ${TALOS_ZSTD_SHARED})
endif()

# RE2 provides regular expressions with linear run time. Debian's package has no CMake file. From version 10 on (Debian 13), RE2
# uses Abseil.
find_path(TALOS_RE2_INCLUDE re2/re2.h REQUIRED)
if(TALOS_STATIC)
  find_library(TALOS_RE2_STATIC libre2.a)   # the shared library loads forty libraries of Abseil, which costs start-up time
endif()
find_library(TALOS_RE2_SHARED re2 REQUIRED)
add_library(talos_re2 INTERFACE)
target_include_directories(talos_re2 SYSTEM INTERFACE ${TALOS_RE2_INCLUDE})
if(TALOS_STATIC AND TALOS_RE2_STATIC)
  file(STRINGS ${TALOS_RE2_INCLUDE}/re2/re2.h uses_abseil REGEX "include \"absl/" LIMIT_COUNT 1)
  if(uses_abseil)
    get_filename_component(re2_folder ${TALOS_RE2_STATIC} DIRECTORY)
    file(GLOB abseil ${re2_folder}/libabsl_*.a)
    list(JOIN abseil "," abseil)
    target_link_libraries(talos_re2 INTERFACE "$<LINK_GROUP:RESCAN,${TALOS_RE2_STATIC},${abseil}>" Threads::Threads)
  else()
    target_link_libraries(talos_re2 INTERFACE ${TALOS_RE2_STATIC} Threads::Threads)
  endif()
else()
  target_link_libraries(talos_re2 INTERFACE ${TALOS_RE2_SHARED})
endif()

# The large headers are included as system headers, which suppresses their warnings. Their code is compiled once, not in each file
# that uses it.
add_library(talos_boost STATIC ${CMAKE_CURRENT_LIST_DIR}/boost/asio.cpp ${CMAKE_CURRENT_LIST_DIR}/boost/errors.cpp
  ${CMAKE_CURRENT_LIST_DIR}/boost/process.cpp)
target_link_libraries(talos_boost PUBLIC Boost::headers Boost::json Threads::Threads PRIVATE talos_options)
target_compile_definitions(talos_boost PUBLIC BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE
  BOOST_ASIO_SEPARATE_COMPILATION)

if(Boost_VERSION VERSION_GREATER_EQUAL 1.86)
  find_package(Boost 1.86 REQUIRED COMPONENTS process)   # from this version on, v2 is a compiled component
  target_link_libraries(talos_boost PUBLIC Boost::process)
else()
  target_compile_definitions(talos_boost PUBLIC BOOST_PROCESS_V2_SEPARATE_COMPILATION)
  target_link_libraries(talos_boost PUBLIC Boost::filesystem)   # process.cpp searches programs with it
endif()

if(TALOS_TESTS)
  find_package(Catch2 REQUIRED)
  add_library(talos_catch INTERFACE)
  if(Catch2_VERSION VERSION_GREATER_EQUAL 3)
    target_link_libraries(talos_catch INTERFACE Catch2::Catch2WithMain)
    set(TALOS_CATCH_HEADER <catch2/catch_all.hpp>)
  else()
    set(talos_catch_arguments -w NoTests)   # a name without a match is a failure, as in version 3
    add_library(talos_catch_main STATIC ${PROJECT_SOURCE_DIR}/tests/support/catch_main.cpp)
    target_link_libraries(talos_catch_main PUBLIC Catch2::Catch2)
    target_link_libraries(talos_catch INTERFACE talos_catch_main)
    set(TALOS_CATCH_HEADER <catch2/catch.hpp>)
    target_compile_options(talos_catch_main PRIVATE -O0)   # with -O2 it takes 34 s, the longest file of a build by far
  endif()
  include(Catch)
endif()
