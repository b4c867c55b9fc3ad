# blocked: not for few channels, weights that are computed, lines of few channels, other types, groups of other outputs; not by itself for sums
graph "" {
  in %x: f32[1,16,4,4]
  in %w: f32[16,16,1,1]
  in %l: f32[1,4,4]
  in %h: f16[1,16,4,4]
  const %w1: f32[4,16,1,1] = {0.5...}
  const %w2: f32[16,4,1] = {0.5...}
  const %w3: f16[16,16,1,1] = {0.5...}
  const %w4: f32[32,4,1,1] = {0.5...}
  %a = Conv(%x, %w)
  %b = Conv(%x, %w1)
  %c = Conv(%l, %w2)
  %d = Conv(%h, %w3)
  %e = Conv(%x, %w4) {group=4}
  %s = Add(%a, %x)
  out %s
  out %e
  out %b
  out %c
  out %d
}
=>
graph "" {
  in %x: f32[1,16,4,4]
  in %w: f32[16,16,1,1]
  in %l: f32[1,4,4]
  in %h: f16[1,16,4,4]
  const %w1: f32[4,16,1,1] = {0.5...}
  const %w2: f32[16,4,1] = {0.5...}
  const %w3: f16[16,16,1,1] = {0.5...}
  const %w4: f32[32,4,1,1] = {0.5...}
  %a = Conv(%x, %w)
  %b = Conv(%x, %w1)
  %c = Conv(%l, %w2)
  %d = Conv(%h, %w3)
  %e = Conv(%x, %w4) {group=4}
  %s = Add(%a, %x)
  out %s
  out %e
  out %b
  out %c
  out %d
}
