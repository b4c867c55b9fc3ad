# identity: times 1, plus 0, minus 0, over 1 and to the power of 1 go where the shape stays
graph "" {
  in %x: f32[N,2]
  const %one: f32[] = {1}
  const %ones: f32[2] = {1, 1}
  const %zero: f32[] = {0}
  %a = Mul(%one, %x)
  %b = Add(%a, %zero)
  %c = Sub(%b, %zero)
  %d = Div(%c, %ones)
  %e = Pow(%d, %one)
  %y = Relu(%e)
  out %y
}
=>
graph "" {
  in %x: f32[N,2]
  %y = Relu(%x)
  out %y
}
