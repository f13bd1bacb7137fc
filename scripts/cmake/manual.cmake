# The pages in config/man become man pages in build/…/man (with lowdown) and plain text in talosctl (for `talosctl help`).
set(TALOS_MANUAL ${PROJECT_SOURCE_DIR}/config/man)
set(TALOS_MANUAL_SCRIPTS ${PROJECT_SOURCE_DIR}/scripts/manual)
file(GLOB TALOS_PAGES CONFIGURE_DEPENDS ${TALOS_MANUAL}/*.md)
find_program(TALOS_AWK NAMES awk mawk gawk REQUIRED)
find_program(TALOS_LOWDOWN lowdown)

# Compiles the text of all pages into `target`. Call it where the target is defined.
function(talos_embed_manual target)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/manual)
  file(MAKE_DIRECTORY ${folder})
  foreach(page IN LISTS TALOS_PAGES)
    get_filename_component(name ${page} NAME_WLE)
    add_custom_command(OUTPUT ${folder}/${name}.txt
      COMMAND ${TALOS_AWK} -v form=text -f ${TALOS_MANUAL_SCRIPTS}/page.awk ${page} > ${folder}/${name}.txt
      DEPENDS ${page} ${TALOS_MANUAL_SCRIPTS}/page.awk VERBATIM)
    list(APPEND texts ${folder}/${name}.txt)
  endforeach()
  add_custom_command(OUTPUT ${folder}/manual_pages.cpp
    COMMAND ${TALOS_AWK} -f ${TALOS_MANUAL_SCRIPTS}/embed.awk ${texts} > ${folder}/manual_pages.cpp
    DEPENDS ${texts} ${TALOS_MANUAL_SCRIPTS}/embed.awk VERBATIM)
  target_sources(${target} PRIVATE ${folder}/manual_pages.cpp)
endfunction()

# Adds the target `man` to the default build, and installs the pages.
function(talos_man_pages)
  if(NOT TALOS_LOWDOWN)
    message(STATUS "No lowdown here: the man pages are not made. `talosctl help` shows them all the same.")
    return()
  endif()
  set(folder ${CMAKE_BINARY_DIR}/man)
  set(scripts page.awk roff.awk man-page)
  list(TRANSFORM scripts PREPEND ${TALOS_MANUAL_SCRIPTS}/)
  file(MAKE_DIRECTORY ${folder})
  foreach(page IN LISTS TALOS_PAGES)
    get_filename_component(name ${page} NAME_WLE)
    add_custom_command(OUTPUT ${folder}/${name}
      COMMAND ${TALOS_MANUAL_SCRIPTS}/man-page ${TALOS_LOWDOWN} ${TALOS_AWK} ${page} "Talos ${PROJECT_VERSION}" > ${folder}/${name}
      DEPENDS ${page} ${scripts} VERBATIM)
    list(APPEND made ${folder}/${name})
    string(REGEX MATCH "[0-9]$" section ${name})
    install(FILES ${folder}/${name} DESTINATION share/man/man${section})
  endforeach()
  add_custom_target(man ALL DEPENDS ${made})
endfunction()
