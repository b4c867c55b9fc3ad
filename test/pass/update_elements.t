# update: indices that count along the axis only
graph "" {
  in %x: f32[3,4]
  in %u: f32[2,4]
  const %at: i64[2,4] = {0,0,0,0, 2,2,2,2}
  %y = ScatterElements(%x, %at, %u) {axis=0, reduction="add"}
  out %y
}
=>
graph "" {
  in %x: f32[3,4]
  in %u: f32[2,4]
  %y = tn.Update(%x, %u) {starts=[0,0], steps=[2,1], add=1}
  out %y
}
