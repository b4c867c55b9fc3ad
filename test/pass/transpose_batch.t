# transpose_batch: matrices that are made rank 3 only to be transposed; not when other sizes come out
graph "" {
  in %x: f32[2,12,T,64]
  const %three: i64[3] = {24, -1, 64}
  const %four: i64[4] = {2, 12, 64, -1}
  const %other: i64[4] = {2, 6, 128, -1}
  %r = Reshape(%x, %three)
  %t = Transpose(%r) {perm=[0,2,1]}
  %y = Reshape(%t, %four)
  %z = Reshape(%t, %other)
  out %y
  out %z
}
=>
graph "" {
  in %x: f32[2,12,T,64]
  const %three: i64[3] = {24, -1, 64}
  const %other: i64[4] = {2, 6, 128, -1}
  %r = Reshape(%x, %three)
  %t = Transpose(%r) {perm=[0,2,1]}
  %y = Transpose(%x) {perm=[0,1,3,2]}
  %z = Reshape(%t, %other)
  out %y
  out %z
}
