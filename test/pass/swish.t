# swish: x * Sigmoid(x)
graph "" {
  in %x: f32[N]
  %s = Sigmoid(%x)
  %y = Mul(%s, %x)
  out %y
}
=>
graph "" {
  in %x: f32[N]
  %y = Swish(%x)
  out %y
}
