# blocked: a part of a Concat that is there in plain form is converted by itself where only convolutions read the whole
graph "" {
  in %x: f32[1,16,4,4]
  in %p: f32[1,16,4,4]
  in %q: f32[1,16,4,4]
  const %w: f32[32,16,1,1] = {0.5...}
  const %v: f32[16,48,1,1] = {0.5...}
  %a = Conv(%x, %w)
  %j = Concat(%a, %p) {axis=1}
  %y = Conv(%j, %v)
  %k = Concat(%q, %a) {axis=1}
  %z = Conv(%k, %v)
  out %y
  out %z
  out %k
}
=>
graph "" {
  in %x: f32[1,16,4,4]
  in %p: f32[1,16,4,4]
  in %q: f32[1,16,4,4]
  const %w: f32[32,16,1,1] = {0.5...}
  const %v: f32[16,48,1,1] = {0.5...}
  %t.1 = tn.ToBlocked(%x)
  %t.2 = tn.BlockedConv(%t.1, %w)
  %a = tn.FromBlocked(%t.2) {channels=32}
  %t.3 = tn.ToBlocked(%p)
  %t.4 = Concat(%t.2, %t.3) {axis=1}
  %t.5 = tn.BlockedConv(%t.4, %v)
  %y = tn.FromBlocked(%t.5) {channels=16}
  %k = Concat(%q, %a) {axis=1}
  %t.6 = tn.ToBlocked(%k)
  %t.7 = tn.BlockedConv(%t.6, %v)
  %z = tn.FromBlocked(%t.7) {channels=16}
  out %y
  out %z
  out %k
}
