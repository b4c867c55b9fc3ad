// SPDX-License-Identifier: Apache-2.0
// move.c - Transpose, Concat, Split, Slice, Pad, Expand, Tile, DepthToSpace, SpaceToDepth, for AVX-512: see
// ../kern/move.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/move.inl"

TN_TACTIC(cpu_avx512_move_transpose) = MOVE("Transpose", transpose);
TN_TACTIC(cpu_avx512_move_concat) = MOVE("Concat", concat);
TN_TACTIC(cpu_avx512_move_split) = MOVE("Split", split);
TN_TACTIC(cpu_avx512_move_slice) = MOVE("Slice", slice);
TN_TACTIC(cpu_avx512_move_pad) = MOVE("Pad", pad);
TN_TACTIC(cpu_avx512_move_expand) = MOVE("Expand", expand);
TN_TACTIC(cpu_avx512_move_tile) = MOVE("Tile", tile);
TN_TACTIC(cpu_avx512_move_depth_to_space) = MOVE("DepthToSpace", depth_to_space);
TN_TACTIC(cpu_avx512_move_space_to_depth) = MOVE("SpaceToDepth", space_to_depth);
