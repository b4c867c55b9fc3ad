# blocked_constant: what is known is in blocks before anything runs
graph "" {
  in %x: f32[1,2,1,2,16]
  const %c: f32[1,17,1,2] = {1...}
  %b = tn.ToBlocked(%c)
  %y = Add(%x, %b)
  out %y
}
=>
graph "" {
  in %x: f32[1,2,1,2,16]
  const %b: f32[1,2,1,2,16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
  %y = Add(%x, %b)
  out %y
}
