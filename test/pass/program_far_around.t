# program: a way back that leads over two other steps, one of which ends before the nodes begin, keeps them apart
graph "" {
  in %x: f32[4,5]
  in %y: f32[4,5]
  %a = Sin(%x)
  %b = Softmax(%a)
  %c = Cos(%y)
  %d = Softmax(%c)
  %e = Add(%a, %d)
  %f = Exp(%x)
  %g = Softmax(%f)
  %h = Add(%c, %g)
  %i = Sub(%b, %f)
  out %e
  out %h
  out %i
}
=>
graph "" {
  in %x: f32[4,5]
  in %y: f32[4,5]
  %f = Exp(%x)
  %g = Softmax(%f)
  %h, %c = tn.Program(%y, %g) {body=graph {
    in %t.0: f32[4,5]
    in %t.1: f32[4,5]
    %t.2 = Cos(%t.0)
    %t.3 = Add(%t.2, %t.1)
    out %t.3
    out %t.2
  }}
  %d = Softmax(%c)
  %e, %a = tn.Program(%x, %d) {body=graph {
    in %t.4: f32[4,5]
    in %t.5: f32[4,5]
    %t.6 = Sin(%t.4)
    %t.7 = Add(%t.6, %t.5)
    out %t.7
    out %t.6
  }}
  %b = Softmax(%a)
  %i = Sub(%b, %f)
  out %e
  out %h
  out %i
}
