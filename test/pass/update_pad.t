# update: what is padded with zeros and added
graph "" {
  in %x: f32[4,5]
  in %u: f32[2,3]
  const %pads: i64[4] = {1, 2, 1, 0}
  %p = Pad(%u, %pads)
  %y = Add(%p, %x)
  out %y
}
=>
graph "" {
  in %x: f32[4,5]
  in %u: f32[2,3]
  %y = tn.Update(%x, %u) {starts=[1,2], steps=[1,1], add=1}
  out %y
}
