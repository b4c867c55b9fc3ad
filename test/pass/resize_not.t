# resize: not when something else is divided by
graph "" {
  in %x: f32[1,2,H,W]
  in %like: f32[P,Q]
  const %ones: f32[2] = {1, 1}
  const %from: i64[1] = {1}
  const %to: i64[1] = {3}
  %s = Shape(%x)
  %other = Slice(%s, %from, %to)
  %target = Shape(%like)
  %a = Cast(%target) {to=1}
  %b = Cast(%other) {to=1}
  %d = Div(%a, %b)
  %scales = Concat(%ones, %d) {axis=0}
  %y = Resize(%x, _, %scales) {mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"}
  out %y
}
=>
graph "" {
  in %x: f32[1,2,H,W]
  in %like: f32[P,Q]
  const %from: i64[1] = {1}
  const %to: i64[1] = {3}
  const %ones: f32[2] = {1, 1}
  %s = Shape(%x)
  %other = Slice(%s, %from, %to)
  %target = Shape(%like)
  %a = Cast(%target) {to=1}
  %b = Cast(%other) {to=1}
  %d = Div(%a, %b)
  %scales = Concat(%ones, %d) {axis=0}
  %y = Resize(%x, _, %scales) {mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"}
  out %y
}
