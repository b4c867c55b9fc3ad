# reshape: there and back is nowhere
graph "" {
  in %x: f32[N,T,8]
  const %axis: i64[1] = {1}
  %p = Unsqueeze(%x, %axis)
  %q = Squeeze(%p, %axis)
  %y = Relu(%q)
  out %y
}
=>
graph "" {
  in %x: f32[N,T,8]
  %y = Relu(%x)
  out %y
}
