# cse: nodes with different attributes stay; a default counts as the value it stands for
graph "" {
  in %x: f32[N]
  %a = LeakyRelu(%x) {alpha=0.5}
  %b = LeakyRelu(%x) {alpha=0.25}
  %c = LeakyRelu(%x) {alpha=0.5}
  %d = Sum(%a, %b, %c)
  out %d
}
=>
graph "" {
  in %x: f32[N]
  %a = LeakyRelu(%x) {alpha=0.5}
  %b = LeakyRelu(%x) {alpha=0.25}
  %d = Sum(%a, %b, %a)
  out %d
}
