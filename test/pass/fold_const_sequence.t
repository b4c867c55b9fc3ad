# fold_const: a tensor taken out of a sequence of constants is a constant
graph "" {
  in %x: f32[2]
  const %a: f32[2] = {1, 2}
  const %b: f32[2] = {3, 4}
  const %one: i64[] = {1}
  %s = SequenceConstruct(%a, %b)
  %e = SequenceAt(%s, %one)
  %y = Add(%x, %e)
  out %y
}
=>
graph "" {
  in %x: f32[2]
  const %e: f32[2] = {3, 4}
  %y = Add(%x, %e)
  out %y
}
