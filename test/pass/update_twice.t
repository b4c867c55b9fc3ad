# update: the same once more is nothing new
graph "" {
  in %x: f32[4,5]
  in %u: f32[2,5]
  %a = tn.Update(%x, %u) {starts=[1,0], steps=[1,1]}
  %b = tn.Update(%a, %u) {starts=[1,0], steps=[1,1]}
  %y = Neg(%b)
  out %y
}
=>
graph "" {
  in %x: f32[4,5]
  in %u: f32[2,5]
  %a = tn.Update(%x, %u) {starts=[1,0], steps=[1,1]}
  %y = Neg(%a)
  out %y
}
