# update: a grid of indices names a slice
graph "" {
  in %x: f32[2,5,6]
  in %u: f32[2,2,3]
  const %at: i64[2,2,3,3] = {0,1,0, 0,1,2, 0,1,4, 0,3,0, 0,3,2, 0,3,4, 1,1,0, 1,1,2, 1,1,4, 1,3,0, 1,3,2, 1,3,4}
  %y = ScatterND(%x, %at, %u)
  out %y
}
=>
graph "" {
  in %x: f32[2,5,6]
  in %u: f32[2,2,3]
  %y = tn.Update(%x, %u) {starts=[0,1,0], steps=[1,2,2]}
  out %y
}
