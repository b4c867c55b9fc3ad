# cse: equal nodes are merged, inputs of commutative ones in any order
graph "" {
  in %x: f32[N]
  in %z: f32[N]
  %a = Add(%x, %z)
  %b = Add(%z, %x)
  %c = Sub(%x, %z)
  %d = Sub(%z, %x)
  %e = Mul(%a, %b)
  %f = Mul(%c, %d)
  %y = Add(%e, %f)
  out %y
}
=>
graph "" {
  in %x: f32[N]
  in %z: f32[N]
  %a = Add(%x, %z)
  %c = Sub(%x, %z)
  %d = Sub(%z, %x)
  %e = Mul(%a, %a)
  %f = Mul(%c, %d)
  %y = Add(%e, %f)
  out %y
}
