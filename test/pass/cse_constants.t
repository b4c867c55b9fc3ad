# cse: equal initialisers are merged, and then the nodes that read them
graph "" {
  in %x: f32[2]
  const %a: f32[2] = {1, 2}
  const %b: f32[2] = {1, 2}
  const %c: i32[2] = {1, 2}
  %p = Add(%x, %a)
  %q = Add(%x, %b)
  %r = Mul(%p, %q)
  %s = Cast(%c) {to=1}
  %y = Add(%r, %s)
  out %y
}
=>
graph "" {
  in %x: f32[2]
  const %a: f32[2] = {1, 2}
  const %c: i32[2] = {1, 2}
  %p = Add(%x, %a)
  %r = Mul(%p, %p)
  %s = Cast(%c) {to=1}
  %y = Add(%r, %s)
  out %y
}
