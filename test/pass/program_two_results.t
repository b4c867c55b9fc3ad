# program: what is read outside is a result, the last node's first; casts at the ends; masks stay inside
graph "" {
  in %x: u8[N,5,3]
  in %mean: f32[3]
  const %limit: f32[] = {0.5}
  %a = Cast(%x) {to=1}
  %b = Sub(%a, %mean)
  %c = Less(%b, %limit)
  %d = Where(%c, %limit, %b)
  %e = ReduceSum(%b)
  %f = Cast(%d) {to=10}
  out %f
  out %e
}
=>
graph "" {
  in %x: u8[N,5,3]
  in %mean: f32[3]
  const %limit: f32[] = {0.5}
  %f, %b = tn.Program(%x, %mean, %limit) {body=graph {
    in %t.0: u8[N,5,3]
    in %t.1: f32[3]
    in %t.2: f32[]
    %t.3 = Cast(%t.0) {to=1}
    %t.4 = Sub(%t.3, %t.1)
    %t.5 = Less(%t.4, %t.2)
    %t.6 = Where(%t.5, %t.2, %t.4)
    %t.7 = Cast(%t.6) {to=10}
    out %t.7
    out %t.4
  }}
  %e = ReduceSum(%b)
  out %f
  out %e
}
