# identity: an input that is an output stays behind its Identity, and so does a value that is an output twice
graph "" {
  in %x: f32[N]
  %y = Identity(%x)
  %a = Relu(%x)
  %b = Identity(%a)
  out %y
  out %a
  out %b
}
=>
graph "" {
  in %x: f32[N]
  %y = Identity(%x)
  %a = Relu(%x)
  %b = Identity(%a)
  out %y
  out %a
  out %b
}
