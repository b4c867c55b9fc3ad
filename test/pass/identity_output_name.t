# identity: the graph's output keeps its name
graph "" {
  in %x: f32[N]
  %inner = Relu(%x)
  %y = Identity(%inner)
  out %y
}
=>
graph "" {
  in %x: f32[N]
  %y = Relu(%x)
  out %y
}
