# transposed: not one that moves other dimensions, or that somebody else reads
graph "" {
  in %q: f32[B,T,4]
  in %k: f32[S,B,4]
  in %z: f32[B,T,4]
  %kt = Transpose(%k) {perm=[1,2,0]}
  %y = MatMul(%q, %kt)
  %zt = Transpose(%z) {perm=[0,2,1]}
  %u = MatMul(%q, %zt)
  out %y
  out %u
  out %zt
}
=>
graph "" {
  in %q: f32[B,T,4]
  in %k: f32[S,B,4]
  in %z: f32[B,T,4]
  %kt = Transpose(%k) {perm=[1,2,0]}
  %y = MatMul(%q, %kt)
  %zt = Transpose(%z) {perm=[0,2,1]}
  %u = MatMul(%q, %zt)
  out %y
  out %u
  out %zt
}
