# update: a place that is the same for all tuples is a slice of one
graph "" {
  in %x: f32[3,4]
  in %u: f32[4]
  const %at: i64[4,2] = {-1,0, -1,1, -1,2, -1,3}
  %y = ScatterND(%x, %at, %u)
  out %y
}
=>
graph "" {
  in %x: f32[3,4]
  in %u: f32[4]
  const %t.0: i64[2] = {1, 4}
  %t.1 = Reshape(%u, %t.0)
  %y = tn.Update(%x, %t.1) {starts=[2,0], steps=[1,1]}
  out %y
}
