# residual: of two convolutions the later one takes the other in
graph "" {
  in %x: f32[N,1,W]
  const %w: f32[1,1,1] = {2}
  const %v: f32[1,1,1] = {3}
  %a = Conv(%x, %w)
  %b = Conv(%x, %v)
  %y = Add(%b, %a)
  out %y
}
=>
graph "" {
  in %x: f32[N,1,W]
  const %w: f32[1,1,1] = {2}
  const %v: f32[1,1,1] = {3}
  %a = Conv(%x, %w)
  %y = tn.Conv(%x, %v, _, %a)
  out %y
}
