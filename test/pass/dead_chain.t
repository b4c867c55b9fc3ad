# dead: a chain of nodes that nobody reads goes
graph "" {
  in %x: f32[N]
  %a = Relu(%x)
  %b = Exp(%a)
  %c = Neg(%b)
  %y = Abs(%a)
  out %y
}
=>
graph "" {
  in %x: f32[N]
  %a = Relu(%x)
  %y = Abs(%a)
  out %y
}
