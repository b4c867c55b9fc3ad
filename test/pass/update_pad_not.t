# update: a Pad that crops, fills with something else, or is read twice
graph "" {
  in %x: f32[4]
  in %u: f32[4]
  const %crop: i64[2] = {1, -1}
  const %w: f32[3] = {1, 2, 3}
  const %pads: i64[2] = {1, 0}
  const %two: f32[] = {2}
  %a = Pad(%u, %crop)
  %p = Add(%x, %a)
  %v = Relu(%w)
  %b = Pad(%v, %pads, %two)
  %q = Add(%x, %b)
  out %p
  out %q
}
=>
graph "" {
  in %x: f32[4]
  in %u: f32[4]
  const %crop: i64[2] = {1, -1}
  const %w: f32[3] = {1, 2, 3}
  const %pads: i64[2] = {1, 0}
  const %two: f32[] = {2}
  %a = Pad(%u, %crop)
  %p = Add(%x, %a)
  %v = Relu(%w)
  %b = Pad(%v, %pads, %two)
  %q = Add(%x, %b)
  out %p
  out %q
}
