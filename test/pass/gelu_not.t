# gelu: a product with another number is none
graph "" {
  in %x: f32[N]
  const %root: f32[] = {1.41421354}
  const %one: f32[] = {1}
  const %third: f32[] = {0.333}
  %a = Div(%x, %root)
  %b = Erf(%a)
  %c = Add(%b, %one)
  %d = Mul(%x, %c)
  %y = Mul(%d, %third)
  out %y
}
=>
graph "" {
  in %x: f32[N]
  const %root: f32[] = {1.41421354}
  const %one: f32[] = {1}
  const %third: f32[] = {0.333}
  %a = Div(%x, %root)
  %b = Erf(%a)
  %c = Add(%b, %one)
  %d = Mul(%x, %c)
  %y = Mul(%d, %third)
  out %y
}
