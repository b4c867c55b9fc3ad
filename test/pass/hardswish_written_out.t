# hardswish: x * Clip(x + 3, 0, 6) / 6
graph "" {
  in %x: f32[N]
  const %three: f32[] = {3}
  const %zero: f32[] = {0}
  const %six: f32[] = {6}
  %a = Add(%x, %three)
  %c = Clip(%a, %zero, %six)
  %m = Mul(%x, %c)
  %y = Div(%m, %six)
  out %y
}
=>
graph "" {
  in %x: f32[N]
  %y = HardSwish(%x)
  out %y
}
