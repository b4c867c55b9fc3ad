# transpose, identity: two that meet in an Add are lost in the one below
graph "" {
  in %x: f32[N,2,H]
  in %z: f32[N,2,H]
  %a = Transpose(%x) {perm=[2,0,1]}
  %b = Transpose(%z) {perm=[2,0,1]}
  %c = Add(%a, %b)
  %y = Transpose(%c) {perm=[1,2,0]}
  out %y
}
=>
graph "" {
  in %x: f32[N,2,H]
  in %z: f32[N,2,H]
  %y = Add(%x, %z)
  out %y
}
