# cse: two outputs of the graph keep two names
graph "" {
  in %x: f32[N]
  %y = Relu(%x)
  %z = Relu(%x)
  out %y
  out %z
}
=>
graph "" {
  in %x: f32[N]
  %y = Relu(%x)
  %z = Relu(%x)
  out %y
  out %z
}
