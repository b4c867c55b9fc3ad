# blocked: Concat, Split and Resize go by whole blocks of channels
graph "" {
  in %x: f32[1,16,4,4]
  const %w: f32[48,16,1,1] = {0.5...}
  const %parts: i64[2] = {32, 16}
  const %scales: f32[4] = {1, 1, 2, 2}
  %c = Conv(%x, %w)
  %a, %b = Split(%c, %parts) {axis=1}
  %u = Resize(%b, _, %scales)
  %j = Concat(%b, %a, %b) {axis=-3}
  out %u
  out %j
  out %a
}
=>
graph "" {
  in %x: f32[1,16,4,4]
  const %w: f32[48,16,1,1] = {0.5...}
  const %t.3: i64[2] = {2, 1}
  const %t.6: f32[5] = {1, 1, 2, 2, 1}
  %t.1 = tn.ToBlocked(%x)
  %t.2 = tn.BlockedConv(%t.1, %w)
  %t.4, %t.5 = Split(%t.2, %t.3) {axis=1}
  %a = tn.FromBlocked(%t.4) {channels=32}
  %t.7 = Resize(%t.5, _, %t.6)
  %u = tn.FromBlocked(%t.7) {channels=16}
  %t.8 = Concat(%t.5, %t.4, %t.5) {axis=1}
  %j = tn.FromBlocked(%t.8) {channels=64}
  out %u
  out %j
  out %a
}
