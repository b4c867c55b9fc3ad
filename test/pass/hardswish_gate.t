# hardswish: a gate of its own is a HardSigmoid, x times that a HardSwish
graph "" {
  in %x: f32[N]
  in %z: f32[N]
  const %three: f32[] = {3}
  const %zero: f32[] = {0}
  const %six: f32[] = {6}
  const %sixth: f32[] = {0.166666672}
  %a = Add(%x, %three)
  %b = Clip(%a, %zero, %six)
  %c = Mul(%b, %sixth)
  %u = Mul(%z, %c)
  %p = Add(%z, %three)
  %q = Clip(%p, %zero, %six)
  %r = Div(%q, %six)
  %v = Mul(%r, %z)
  out %u
  out %v
}
=>
graph "" {
  in %x: f32[N]
  in %z: f32[N]
  %c = HardSigmoid(%x) {alpha=0.16666666666666666, beta=0.5}
  %u = Mul(%z, %c)
  %v = HardSwish(%z)
  out %u
  out %v
}
