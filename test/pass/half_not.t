# half: what only moves 16-bit elements, and what computes in another type, stays as it is
graph "" {
  in %x: bf16[2,3]
  in %z: f32[2,3]
  const %w: bf16[4,3] = {0.5...}
  in %i: i64[2]
  %t = Transpose(%x)
  %g = Gather(%w, %i)
  %r = Relu(%z)
  out %t
  out %g
  out %r
}
=>
graph "" {
  in %x: bf16[2,3]
  in %z: f32[2,3]
  const %w: bf16[4,3] = {0.5...}
  in %i: i64[2]
  %t = Transpose(%x)
  %g = Gather(%w, %i)
  %r = Relu(%z)
  out %t
  out %g
  out %r
}
