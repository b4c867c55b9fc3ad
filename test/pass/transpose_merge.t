# transpose: two Transposes are one
graph "" {
  in %x: f32[2,3,4]
  %a = Transpose(%x) {perm=[1,2,0]}
  %y = Transpose(%a) {perm=[1,2,0]}
  out %y
}
=>
graph "" {
  in %x: f32[2,3,4]
  %y = Transpose(%x) {perm=[2,0,1]}
  out %y
}
