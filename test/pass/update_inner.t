# update: a slice of a slice
graph "" {
  in %x: f32[6,8]
  in %u: f32[2,3]
  const %from: i64[1] = {1}
  const %to: i64[1] = {6}
  const %axis: i64[1] = {0}
  const %step: i64[1] = {2}
  %s = Slice(%x, %from, %to, %axis, %step)
  %t = tn.Update(%s, %u) {starts=[1,2], steps=[1,2]}
  %y = tn.Update(%x, %t) {starts=[1,0], steps=[2,1]}
  out %y
}
=>
graph "" {
  in %x: f32[6,8]
  in %u: f32[2,3]
  %y = tn.Update(%x, %u) {starts=[3,2], steps=[2,2]}
  out %y
}
