# gelu: the exact form, wherever the half stands
graph "" {
  in %x: f32[N]
  in %z: f32[N]
  const %root: f32[] = {1.41421354}
  const %inverse: f32[] = {0.707106769}
  const %one: f32[] = {1}
  const %half: f32[] = {0.5}
  %a = Div(%x, %root)
  %b = Erf(%a)
  %c = Add(%b, %one)
  %d = Mul(%x, %c)
  %y = Mul(%d, %half)
  %p = Mul(%z, %inverse)
  %q = Erf(%p)
  %r = Add(%one, %q)
  %s = Mul(%half, %r)
  %u = Mul(%z, %s)
  out %y
  out %u
}
=>
graph "" {
  in %x: f32[N]
  in %z: f32[N]
  %y = Gelu(%x)
  %u = Gelu(%z)
  out %y
  out %u
}
