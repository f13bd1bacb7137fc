# ccache when present. With precompiled headers it needs to be told that their macros and times are harmless.
find_program(TALOS_CCACHE ccache)
if(TALOS_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${TALOS_CCACHE})
endif()
