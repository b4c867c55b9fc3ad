# resize: scales that were computed from a size give that size
graph "" {
  in %x: f32[1,2,H,W]
  in %like: f32[P,Q]
  const %ones: f32[2] = {1, 1}
  const %from: i64[1] = {2}
  const %to: i64[1] = {4}
  %s = Shape(%x)
  %own = Slice(%s, %from, %to)
  %target = Shape(%like)
  %a = Cast(%target) {to=1}
  %b = Cast(%own) {to=1}
  %d = Div(%a, %b)
  %scales = Concat(%ones, %d) {axis=0}
  %y = Resize(%x, _, %scales) {mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"}
  out %y
}
=>
graph "" {
  in %x: f32[1,2,H,W]
  in %like: f32[P,Q]
  %target = Shape(%like)
  %t.0 = Shape(%x) {start=0, end=2}
  %t.1 = Concat(%t.0, %target) {axis=0}
  %y = Resize(%x, _, _, %t.1) {mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"}
  out %y
}
