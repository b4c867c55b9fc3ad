# half: a convolution of bf16 may have its image and weights rounded to bf16 still
graph "" {
  in %x: bf16[1,2,4,4]
  const %w: bf16[2,2,1,1] = {0.5...}
  %c = Conv(%x, %w) {strides=[2,2]}
  out %c
}
=>
graph "" {
  in %x: bf16[1,2,4,4]
  const %t.0: f32[2,2,1,1] = {0.5...}
  %t.1 = Cast(%x) {to=1}
  %t.2 = tn.Conv(%t.1, %t.0) {strides=[2,2], bf16=1}
  %c = Cast(%t.2) {to=16}
  out %c
}
