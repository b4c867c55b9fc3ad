# fold_const: a chain over constants becomes one constant with the model's name
graph "" {
  in %x: f32[2]
  const %a: f32[2] = {1, 2}
  const %b: f32[2] = {3, 4}
  %c = Add(%a, %b)
  %d = Mul(%c, %c)
  %y = Add(%x, %d)
  out %y
}
=>
graph "" {
  in %x: f32[2]
  const %d: f32[2] = {16, 36}
  %y = Add(%x, %d)
  out %y
}
