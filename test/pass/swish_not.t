# swish: a gate that is read elsewhere too, or that is another tensor's, stays
graph "" {
  in %x: f32[N]
  in %z: f32[N]
  %s = Sigmoid(%x)
  %y = Mul(%s, %x)
  %g = Sigmoid(%z)
  %u = Mul(%g, %x)
  out %y
  out %s
  out %u
}
=>
graph "" {
  in %x: f32[N]
  in %z: f32[N]
  %s = Sigmoid(%x)
  %y = Mul(%s, %x)
  %g = Sigmoid(%z)
  %u = Mul(%g, %x)
  out %y
  out %s
  out %u
}
