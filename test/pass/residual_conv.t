# residual, activation: Conv, Add, Relu are one tn.Conv
graph "" {
  in %x: f32[N,2,W]
  const %w: f32[2,2,1] = {1, 2, 3, 4}
  const %b: f32[2] = {1, 2}
  %c = Conv(%x, %w, %b)
  %a = Add(%c, %x)
  %y = Relu(%a)
  out %y
}
=>
graph "" {
  in %x: f32[N,2,W]
  const %w: f32[2,2,1] = {1, 2, 3, 4}
  const %b: f32[2] = {1, 2}
  %y = tn.Conv(%x, %w, %b, %x) {activation="Relu"}
  out %y
}
