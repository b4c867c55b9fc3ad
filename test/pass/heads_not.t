# heads: not what is read plain as well, another axis, another order, nor channels that differ
graph "" {
  in %a: f32[N,1,8,6,16]
  in %b: f32[N,1,4,6,16]
  const %w: i64[3] = {0,8,-1}
  %p = tn.FromBlocked(%a) {channels=16}
  %t1 = Transpose(%p) {perm=[0,2,3,1]}
  %q = tn.FromBlocked(%b) {channels=16}
  %c = Concat(%p, %q) {axis=2}
  %p2 = tn.FromBlocked(%a) {channels=16}
  %t2 = Transpose(%p2) {perm=[0,3,2,1]}
  %p3 = tn.FromBlocked(%a) {channels=8}
  %q3 = tn.FromBlocked(%b) {channels=16}
  %r3 = Reshape(%p3, %w)
  %v3 = Reshape(%q3, %w)
  %c3 = Concat(%r3, %v3) {axis=2}
  out %t1
  out %c
  out %t2
  out %c3
}
=>
graph "" {
  in %a: f32[N,1,8,6,16]
  in %b: f32[N,1,4,6,16]
  const %w: i64[3] = {0,8,-1}
  %p = tn.FromBlocked(%a) {channels=16}
  %t1 = Transpose(%p) {perm=[0,2,3,1]}
  %q = tn.FromBlocked(%b) {channels=16}
  %c = Concat(%p, %q) {axis=2}
  %p2 = tn.FromBlocked(%a) {channels=16}
  %t2 = Transpose(%p2) {perm=[0,3,2,1]}
  %p3 = tn.FromBlocked(%a) {channels=8}
  %q3 = tn.FromBlocked(%b) {channels=16}
  %r3 = Reshape(%p3, %w)
  %v3 = Reshape(%q3, %w)
  %c3 = Concat(%r3, %v3) {axis=2}
  out %t1
  out %c
  out %t2
  out %c3
}
