# SPDX-License-Identifier: Apache-2.0
# install.cmake - what `cmake --install` puts where: libraries, headers, the command with its man page and completion,
# and the two ways for other builds to find Tenon: pkg-config (tenon.pc) and find_package(tenon).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/tenon)

install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES ${layers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tenon)
install(DIRECTORY ${package} DESTINATION ${CMAKE_INSTALL_LIBDIR}/python3/site-packages PATTERN __pycache__ EXCLUDE)
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
set_target_properties(tenon_shared PROPERTIES EXPORT_NAME tenon) # tenon::tenon; the archive is tenon::tenon_static
install(TARGETS tenon_shared tenon_static EXPORT tenon-targets)
install(EXPORT tenon-targets NAMESPACE tenon:: DESTINATION ${package_folder})

set(needs "find_dependency(Threads)")
if(ZLIB_FOUND)
    string(APPEND needs "\nfind_dependency(ZLIB)")
endif()
file(WRITE ${PROJECT_BINARY_DIR}/tenon-config.cmake
"include(CMakeFindDependencyMacro)
${needs}
include(\${CMAKE_CURRENT_LIST_DIR}/tenon-targets.cmake)
")
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tenon-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tenon-config.cmake ${PROJECT_BINARY_DIR}/tenon-config-version.cmake
    DESTINATION ${package_folder})

# Relative to the file itself, so that a moved prefix still works.
file(RELATIVE_PATH up ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
set(private "-lpthread -lm -ldl")
if(ZLIB_FOUND)
    string(APPEND private " -lz")
endif()
if(JANSSON_INCLUDE AND JANSSON_LIBRARY)
    string(APPEND private " -ljansson")
endif()
foreach(picture IN LISTS pictures)
    string(APPEND private " -l${${picture}_LINK}")
endforeach()
file(WRITE ${PROJECT_BINARY_DIR}/tenon.pc
"prefix=\${pcfiledir}/${up}
libdir=\${prefix}/${CMAKE_INSTALL_LIBDIR}
includedir=\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}

Name: Tenon
Description: Inference compiler and runtime: ONNX models to engines
Version: ${PROJECT_VERSION}
Cflags: -I\${includedir}
Libs: -L\${libdir} -ltenon
Libs.private: ${private}
")
install(FILES ${PROJECT_BINARY_DIR}/tenon.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(TARGET onednn)
    install(TARGETS onednn LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/tenon)
endif()

# The command prints its own man page and completion from its table of options.
if(TARGET tenon)
    install(TARGETS tenon RUNTIME)
    set(man ${PROJECT_BINARY_DIR}/tenon.1)
    set(completion ${PROJECT_BINARY_DIR}/completion/tenon)
    add_custom_command(OUTPUT ${man} ${completion} DEPENDS tenon VERBATIM
        COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/completion
        COMMAND tenon help --man > ${man}
        COMMAND tenon help --completion > ${completion})
    add_custom_target(tenon_pages ALL DEPENDS ${man} ${completion})
    install(FILES ${man} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
    install(FILES ${completion} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
endif()
