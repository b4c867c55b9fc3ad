# heads: channels last, alone, in groups, and of several maps
graph "" {
  in %a: f32[2,2,8,6,16]
  in %b: f32[2,2,4,3,16]
  const %s: i64[3] = {2,-1,7}
  const %g: i64[5] = {0,3,7,8,6}
  const %f: i64[3] = {0,21,-1}
  %p1 = tn.FromBlocked(%a) {channels=21}
  %t1 = Transpose(%p1) {perm=[0,2,3,1]}
  %x = Reshape(%t1, %s)
  %p2 = tn.FromBlocked(%a) {channels=21}
  %r2 = Reshape(%p2, %g)
  %y = Transpose(%r2) {perm=[0,1,3,4,2]}
  %p3 = tn.FromBlocked(%a) {channels=21}
  %p4 = tn.FromBlocked(%b) {channels=21}
  %r3 = Reshape(%p3, %f)
  %r4 = Reshape(%p4, %f)
  %c = Concat(%r3, %r4) {axis=2}
  %t3 = Transpose(%c) {perm=[0,2,1]}
  %z = Sigmoid(%t3)
  out %x
  out %y
  out %z
}
=>
graph "" {
  in %a: f32[2,2,8,6,16]
  in %b: f32[2,2,4,3,16]
  const %s: i64[3] = {2,-1,7}
  const %t.3: i64[4] = {2,8,6,21}
  const %t.5: i64[5] = {2,3,8,6,7}
  const %t.7: i64[3] = {2,60,21}
  %t.1 = tn.BlockedHeads(%a) {channels=21, last=1}
  %t1 = Reshape(%t.1, %t.3)
  %x = Reshape(%t1, %s)
  %t.4 = tn.BlockedHeads(%a) {channels=21, last=1, groups=3}
  %y = Reshape(%t.4, %t.5)
  %t.6 = tn.BlockedHeads(%a, %b) {channels=21, last=1, activation="Sigmoid"}
  %z = Reshape(%t.6, %t.7)
  out %x
  out %y
  out %z
}
