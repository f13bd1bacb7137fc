# All targets of the project link this: warnings as errors, the sanitizer of the preset, lib/ as include directory.
add_library(talos_options INTERFACE)
target_compile_options(talos_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
target_include_directories(talos_options INTERFACE ${PROJECT_SOURCE_DIR}/lib)
target_compile_definitions(talos_options INTERFACE TALOS_VERSION="${PROJECT_VERSION}")

if(TALOS_SANITIZE)
  target_compile_options(talos_options INTERFACE
    -fsanitize=${TALOS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
    -fno-sanitize=vptr)   # it tests memory access through a pipe, and reports false errors when descriptors are exhausted
  target_link_options(talos_options INTERFACE -fsanitize=${TALOS_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # At -O1, GCC 12 treats a long std::string from a precompiled header as one of 16 bytes.
    target_compile_options(talos_options INTERFACE -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
  endif()
  if(TALOS_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio uses std::atomic_thread_fence. Talos is single-threaded and does not synchronise with fences.
    target_compile_options(talos_options INTERFACE -Wno-tsan -Wno-maybe-uninitialized)   # the last option: see lib/CMakeLists.txt
  endif()
endif()

if(TALOS_FUZZ)
  target_compile_options(talos_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(TALOS_STATIC)
  # For size and start-up time: removes unused sections and packs relative relocations (114 KB in talosd become 2).
  target_compile_options(talos_options INTERFACE -ffunction-sections -fdata-sections)
  target_link_options(talos_options INTERFACE
    -Wl,--gc-sections -Wl,-O1 -Wl,--as-needed -Wl,--hash-style=gnu -Wl,-z,pack-relative-relocs)
endif()
