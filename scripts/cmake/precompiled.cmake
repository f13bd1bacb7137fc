# Compiles the large external headers once for many targets. Each source still includes the headers that it uses, because
# clang-tidy works without precompiled headers.
option(TALOS_PRECOMPILED "compile the headers of the standard library, Boost and Catch2 once" ON)

set(TALOS_STANDARD_HEADERS
  <algorithm> <charconv> <chrono> <filesystem> <functional> <map> <memory> <optional> <span> <string> <string_view> <unordered_map>
  <unordered_set> <variant> <vector> <boost/json.hpp>)
# Process v2 is not included: a target that includes it must link it, and talosctl does not.
set(TALOS_ASIO_HEADERS
  <boost/asio/basic_signal_set.hpp> <boost/asio/basic_waitable_timer.hpp> <boost/asio/io_context.hpp>
  <boost/asio/posix/basic_stream_descriptor.hpp> <boost/asio/post.hpp>)

# Boost's libraries define macros for targets that link them. A precompiled header requires identical macros, so all targets get
# them.
function(talos_boost_definitions target)
  get_target_property(definitions ${target} INTERFACE_COMPILE_DEFINITIONS)
  get_target_property(libraries ${target} INTERFACE_LINK_LIBRARIES)
  if(definitions)
    target_compile_definitions(talos_boost PUBLIC ${definitions})
  endif()
  foreach(library IN LISTS libraries)
    if(library MATCHES "^Boost::")
      talos_boost_definitions(${library})
    endif()
  endforeach()
endfunction()
if(TALOS_PRECOMPILED)
  talos_boost_definitions(Boost::log)
endif()

# The target NAME provides a precompiled header that other targets use with talos_use_precompiled(). Their options must be
# identical.
function(talos_precompiled name links)
  if(TALOS_PRECOMPILED)
    file(WRITE ${CMAKE_BINARY_DIR}/precompiled/${name}.cpp "")
    add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/precompiled/${name}.cpp)
    target_link_libraries(${name} PRIVATE ${links})
    target_precompile_headers(${name} PRIVATE ${ARGN})
  endif()
endfunction()

function(talos_use_precompiled target name)
  if(TALOS_PRECOMPILED)
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()
