# residual: not behind an activation, nor where one side broadcasts
graph "" {
  in %x: f32[N,1,W]
  in %z: f32[N,1,1]
  const %w: f32[1,1,1] = {2}
  %a = tn.Conv(%x, %w) {activation="Relu"}
  %p = Add(%a, %x)
  %b = Conv(%x, %w)
  %q = Add(%b, %z)
  out %p
  out %q
}
=>
graph "" {
  in %x: f32[N,1,W]
  in %z: f32[N,1,1]
  const %w: f32[1,1,1] = {2}
  %a = tn.Conv(%x, %w) {activation="Relu"}
  %p = Add(%a, %x)
  %b = Conv(%x, %w)
  %q = Add(%b, %z)
  out %p
  out %q
}
