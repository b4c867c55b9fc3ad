# SPDX-License-Identifier: Apache-2.0
# kernels.cmake - a source in src/cpu/ is compiled once for each instruction set that its TN_ISAS line names; the ids of
# its TN_KERNEL lines have the instruction set in front: TN_KERNEL(topk) is cpu_generic_topk, cpu_avx2_topk, ...
# Before this is included, `isas` are those that this processor may have.

# Sets ${out} to the instruction sets that `file` is compiled for here.
function(kernel_isas file out)
    file(STRINGS ${file} line REGEX "^TN_ISAS\\(")
    if(NOT line MATCHES "^TN_ISAS\\(([a-z0-9, ]+)\\)")
        message(FATAL_ERROR "${file}: one line must say what it is compiled for, like TN_ISAS(generic, avx2);")
    endif()
    string(REPLACE ", " ";" named "${CMAKE_MATCH_1}")
    foreach(isa IN LISTS named)
        file(STRINGS ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../src/cpu/isa.h row REGEX "^#define ISA_${isa} ")
        if(NOT row)
            message(FATAL_ERROR "${file}: TN_ISAS names ${isa}, which src/cpu/isa.h does not know")
        endif()
    endforeach()
    set(here "")
    foreach(isa IN LISTS isas)
        if(isa IN_LIST named)
            list(APPEND here ${isa})
        endif()
    endforeach()
    set(${out} "${here}" PARENT_SCOPE)
endfunction()

# Sets ${out} to the names of the kernels in `file`.
function(kernel_names file out)
    file(STRINGS ${file} lines REGEX "TN_KERNEL\\(")
    set(names "")
    foreach(line IN LISTS lines)
        if(line MATCHES "^TN_KERNEL\\(([a-z0-9_]+)\\)")
            list(APPEND names ${CMAKE_MATCH_1})
        elseif(NOT line MATCHES "^ *(//|#define)")
            message(FATAL_ERROR "${file}: TN_KERNEL must stand at the start of its line: ${line}")
        endif()
    endforeach()
    set(${out} "${names}" PARENT_SCOPE)
endfunction()
