# program: branches meet in one step; a way back that leads through another step keeps nodes apart
graph "" {
  in %x: f32[4,5]
  in %y: f32[4,5]
  %a = Sin(%x)
  %b = Cos(%y)
  %c = Mul(%a, %b)
  %p = Softmax(%c)
  %d = Exp(%p)
  %e = Add(%d, %c)
  %f = Tanh(%e)
  out %f
}
=>
graph "" {
  in %x: f32[4,5]
  in %y: f32[4,5]
  %c = tn.Program(%x, %y) {body=graph {
    in %t.0: f32[4,5]
    in %t.1: f32[4,5]
    %t.2 = Sin(%t.0)
    %t.3 = Cos(%t.1)
    %t.4 = Mul(%t.2, %t.3)
    out %t.4
  }}
  %p = Softmax(%c)
  %f = tn.Program(%p, %c) {body=graph {
    in %t.5: f32[4,5]
    in %t.6: f32[4,5]
    %t.7 = Exp(%t.5)
    %t.8 = Add(%t.7, %t.6)
    %t.9 = Tanh(%t.8)
    out %t.9
  }}
  out %f
}
