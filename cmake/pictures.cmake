# SPDX-License-Identifier: Apache-2.0
# pictures.cmake - the libraries that ImageDecoder reads pictures with, each optional: without one its format is
# refused with a message. Sets `pictures`, and <NAME>_INCLUDE, <NAME>_LIBRARY, <NAME>_LINK for each of them.
set(pictures "")

# NAME, its header, its library, the folder of the header as a pattern of suffixes.
function(find_picture name header library)
    find_path(${name}_INCLUDE ${header} PATH_SUFFIXES ${ARGN})
    find_library(${name}_LIBRARY ${library})
    if(NOT ${name}_INCLUDE OR NOT ${name}_LIBRARY)
        return()
    endif()
    set(pictures ${pictures} ${name} PARENT_SCOPE)
    set(${name}_LINK ${library} PARENT_SCOPE)
    string(TOLOWER ${name} file)
    set_source_files_properties(src/op/image_${file}.c PROPERTIES INCLUDE_DIRECTORIES "${${name}_INCLUDE}")
    set_property(SOURCE src/op/image_${file}.c src/api/features.c APPEND PROPERTY COMPILE_DEFINITIONS TN_${name}=1)
    target_link_libraries(tn_objects PUBLIC ${${name}_LIBRARY})
endfunction()

find_picture(PNG png.h png)
find_picture(JPEG jpeglib.h jpeg)
find_picture(WEBP webp/decode.h webp)
find_picture(JPEG2000 openjpeg.h openjp2 openjpeg-2.5 openjpeg-2.4 openjpeg-2.3)
find_path(TIFF_INCLUDE tiffio.h)
if(TIFF_INCLUDE)
    file(STRINGS ${TIFF_INCLUDE}/tiffio.h open_options REGEX "TIFFClientOpenExt") # since 4.5
    if(open_options)
        find_picture(TIFF tiffio.h tiff)
    endif()
endif()
