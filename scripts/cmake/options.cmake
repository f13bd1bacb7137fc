# Every target of the project links this: warnings as errors, the sanitizer of the preset, lib/ as include root.
add_library(talos_options INTERFACE)
target_compile_options(talos_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
target_include_directories(talos_options INTERFACE ${PROJECT_SOURCE_DIR}/lib)
target_compile_definitions(talos_options INTERFACE TALOS_VERSION="${PROJECT_VERSION}")

if(TALOS_SANITIZE)
  target_compile_options(talos_options INTERFACE
    -fsanitize=${TALOS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
    -fno-sanitize=vptr)   # it asks the kernel through a pipe whether memory is there, and misreports when descriptors are exhausted
  target_link_options(talos_options INTERFACE -fsanitize=${TALOS_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # at -O1 GCC 12 takes a long std::string whose code comes from a precompiled header for one of 16 bytes
    target_compile_options(talos_options INTERFACE -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
  endif()
  if(TALOS_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # std::atomic_thread_fence inside Asio: no fence is used for synchronisation here, one thread only
    target_compile_options(talos_options INTERFACE -Wno-tsan -Wno-maybe-uninitialized)   # the latter: see lib/CMakeLists.txt
  endif()
endif()

if(TALOS_FUZZ)
  target_compile_options(talos_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(TALOS_STATIC)
  # Small and quick to start: unused sections go, and relative relocations are packed (114 KB of talosd become 2).
  target_compile_options(talos_options INTERFACE -ffunction-sections -fdata-sections)
  target_link_options(talos_options INTERFACE
    -Wl,--gc-sections -Wl,-O1 -Wl,--as-needed -Wl,--hash-style=gnu -Wl,-z,pack-relative-relocs)
endif()
