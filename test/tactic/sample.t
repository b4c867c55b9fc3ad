# Images read at places of a grid.
within 16 lengths: GridSample

GridSample(f32[2,3,5,7], f32[2,4,9,2])
GridSample(f32[1,40,9,8], f32[1,13,21,2]) {align_corners=1}
GridSample(f32[1,2,5,7], f32[1,40,5,2]) {mode="nearest", padding_mode="border"}
GridSample(f32[2,2,5,7], f32[2,4,5,2]) {mode="cubic", padding_mode="reflection"}
GridSample(f32[1,3,4,5,6], f32[1,3,7,5,3]) {padding_mode="reflection", align_corners=1}
GridSample(f32[1,2,4,5,6], f32[1,3,2,5,3]) {mode="cubic", padding_mode="border"}
GridSample(f32[2,3,9], f32[2,11,1])
GridSample(f32[1,1,1,1], f32[1,1,1,2]) {padding_mode="reflection", align_corners=1}
