# transpose: one stays where pulling it up would make more of them
graph "" {
  in %x: f32[N,2,H]
  in %z: f32[H,N,2]
  in %w: f32[H,N,2]
  %a = Transpose(%x) {perm=[2,0,1]}
  %b = Sum(%a, %z, %w)
  %y = Transpose(%b) {perm=[1,2,0]}
  out %y
}
=>
graph "" {
  in %x: f32[N,2,H]
  in %z: f32[H,N,2]
  in %w: f32[H,N,2]
  %a = Transpose(%x) {perm=[2,0,1]}
  %b = Sum(%a, %z, %w)
  %y = Transpose(%b) {perm=[1,2,0]}
  out %y
}
