# heads,reshape: the shape that maps leave blocks in and the one behind it are one
graph "" {
  in %a: f32[2,2,8,6,16]
  const %s: i64[3] = {2,-1,7}
  %p = tn.FromBlocked(%a) {channels=21}
  %t = Transpose(%p) {perm=[0,2,3,1]}
  %y = Reshape(%t, %s)
  out %y
}
=>
graph "" {
  in %a: f32[2,2,8,6,16]
  const %t.2: i64[3] = {2,144,7}
  %t.1 = tn.BlockedHeads(%a) {channels=21, last=1}
  %y = Reshape(%t.1, %t.2)
  out %y
}
