# SPDX-License-Identifier: Apache-2.0
# made.cmake - what is written from the operators' definitions, tenon/layers.h and the Python package's layers.py, and
# what is compiled with it: the blocks of src/nn/.
set(layers ${PROJECT_BINARY_DIR}/include/tenon/layers.h)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/include/tenon)
add_executable(layers_header cmake/layers_header.c)
target_include_directories(layers_header PRIVATE include src)
target_link_libraries(layers_header PRIVATE ${parts} m)
set(package ${PROJECT_BINARY_DIR}/python/tenon) # the Python package: its own files, the public headers, layers.py
add_custom_command(OUTPUT ${layers} ${package}/layers.py DEPENDS layers_header VERBATIM
    COMMAND layers_header ${layers} ${package}/layers.py)
add_custom_target(tn_layers DEPENDS ${layers} ${package}/layers.py)
file(GLOB python CONFIGURE_DEPENDS python/tenon/*.py)
foreach(file IN LISTS python)
    get_filename_component(name ${file} NAME)
    configure_file(${file} ${package}/${name} COPYONLY)
endforeach()
foreach(header tenon.h tenon/network.h tenon/nn.h)
    get_filename_component(name ${header} NAME)
    configure_file(include/${header} ${package}/headers/${name} COPYONLY)
endforeach()
add_library(tn_nn OBJECT ${blocks})
add_dependencies(tn_nn tn_layers)
target_include_directories(tn_nn PRIVATE include ${PROJECT_BINARY_DIR}/include)
target_link_libraries(tn_nn PRIVATE tn_flags)
list(APPEND objects $<TARGET_OBJECTS:tn_nn>)
