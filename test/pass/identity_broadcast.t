# identity: a Mul by ones that broadcasts stays, and so does 0 minus x
graph "" {
  in %x: f32[1,2]
  const %ones: f32[3,2] = {1...}
  const %zero: f32[] = {0}
  %a = Mul(%x, %ones)
  %y = Sub(%zero, %a)
  out %y
}
=>
graph "" {
  in %x: f32[1,2]
  const %ones: f32[3,2] = {1...}
  const %zero: f32[] = {0}
  %a = Mul(%x, %ones)
  %y = Sub(%zero, %a)
  out %y
}
