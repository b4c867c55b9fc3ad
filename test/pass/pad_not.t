# pad: channels, other numbers than 0, reflections and a padding that depends on the size stay
graph "" {
  in %x: f32[N,1,W]
  const %w: f32[1,1,2] = {1, 2}
  const %w2: f32[1,2,2] = {1, 2, 3, 4}
  const %around: i64[6] = {0, 0, 1, 0, 0, 1}
  const %channel: i64[6] = {0, 1, 0, 0, 0, 0}
  const %one: f32[] = {1}
  %p = Pad(%x, %channel)
  %a = Conv(%p, %w2)
  %q = Pad(%x, %around, %one)
  %b = Conv(%q, %w)
  %r = Pad(%x, %around) {mode="reflect"}
  %c = Conv(%r, %w)
  %s = Pad(%x, %around)
  %d = Conv(%s, %w) {auto_pad="SAME_UPPER"}
  out %a
  out %b
  out %c
  out %d
}
=>
graph "" {
  in %x: f32[N,1,W]
  const %channel: i64[6] = {0, 1, 0, 0, 0, 0}
  const %w2: f32[1,2,2] = {1, 2, 3, 4}
  const %around: i64[6] = {0, 0, 1, 0, 0, 1}
  const %one: f32[] = {1}
  const %w: f32[1,1,2] = {1, 2}
  %p = Pad(%x, %channel)
  %a = Conv(%p, %w2)
  %q = Pad(%x, %around, %one)
  %b = Conv(%q, %w)
  %r = Pad(%x, %around) {mode="reflect"}
  %c = Conv(%r, %w)
  %s = Pad(%x, %around)
  %d = Conv(%s, %w) {auto_pad="SAME_UPPER"}
  out %a
  out %b
  out %c
  out %d
}
