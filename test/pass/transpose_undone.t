# transpose, identity: two Transposes that undo each other go
graph "" {
  in %x: f32[N,C,H,W]
  %a = Transpose(%x) {perm=[0,2,3,1]}
  %b = Transpose(%a) {perm=[0,3,1,2]}
  %y = Relu(%b)
  out %y
}
=>
graph "" {
  in %x: f32[N,C,H,W]
  %y = Relu(%x)
  out %y
}
