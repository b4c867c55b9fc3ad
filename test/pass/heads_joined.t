# heads: maps of several sizes become one list of pixels, and are activated on the way
graph "" {
  in %a: f32[N,5,8,6,16]
  in %b: f32[N,5,4,3,16]
  const %s: i64[3] = {0,80,-1}
  const %t: i64[4] = {0,4,20,-1}
  %p = tn.FromBlocked(%a) {channels=80}
  %q = tn.FromBlocked(%b) {channels=80}
  %u = Reshape(%p, %s)
  %v = Reshape(%q, %s)
  %c = Concat(%u, %v) {axis=2}
  %y = Sigmoid(%c)
  %p2 = tn.FromBlocked(%b) {channels=80}
  %q2 = tn.FromBlocked(%a) {channels=80}
  %u2 = Reshape(%p2, %t)
  %v2 = Reshape(%q2, %t)
  %z = Concat(%u2, %v2) {axis=-1}
  out %y
  out %z
}
=>
graph "" {
  in %a: f32[N,5,8,6,16]
  in %b: f32[N,5,4,3,16]
  const %t.1: i64[4] = {0,4,20,60}
  %y = tn.BlockedHeads(%a, %b) {channels=80, activation="Sigmoid"}
  %t.2 = tn.BlockedHeads(%b, %a) {channels=80}
  %z = Reshape(%t.2, %t.1)
  out %y
  out %z
}
