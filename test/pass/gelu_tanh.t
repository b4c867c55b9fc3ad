# gelu: the approximation by tanh
graph "" {
  in %x: f32[N]
  const %three: f32[] = {3}
  const %k: f32[] = {0.0447149985}
  const %root: f32[] = {0.797884583}
  const %one: f32[] = {1}
  const %half: f32[] = {0.5}
  %h = Mul(%half, %x)
  %a = Pow(%x, %three)
  %b = Mul(%a, %k)
  %c = Add(%x, %b)
  %d = Mul(%c, %root)
  %e = Tanh(%d)
  %f = Add(%e, %one)
  %y = Mul(%h, %f)
  out %y
}
=>
graph "" {
  in %x: f32[N]
  %y = Gelu(%x) {approximate="tanh"}
  out %y
}
