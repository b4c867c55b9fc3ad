# update: a slice plus something, written back, is added to
graph "" {
  in %x: f32[4,5]
  in %u: f32[2,5]
  const %from: i64[1] = {1}
  const %to: i64[1] = {3}
  const %axis: i64[1] = {0}
  %s = Slice(%x, %from, %to, %axis)
  %t = Add(%u, %s)
  %y = tn.Update(%x, %t) {starts=[1,0], steps=[1,1]}
  out %y
}
=>
graph "" {
  in %x: f32[4,5]
  in %u: f32[2,5]
  %y = tn.Update(%x, %u) {starts=[1,0], steps=[1,1], add=1}
  out %y
}
