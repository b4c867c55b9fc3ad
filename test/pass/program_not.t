# program: one node stays; so do nodes of several shapes, integers, bounds that are not known, a way out and back
graph "" {
  in %x: f32[4,5]
  in %row: f32[5]
  in %i: i32[4,5]
  in %low: f32[]
  %a = Neg(%row)
  %b = Mul(%x, %a)
  %s = Softmax(%b)
  %c = Add(%s, %b)
  %j = Add(%i, %i)
  %k = Mul(%j, %i)
  %l = Clip(%s, %low)
  %m = Softmax(%l)
  out %c
  out %k
  out %m
}
=>
graph "" {
  in %x: f32[4,5]
  in %row: f32[5]
  in %i: i32[4,5]
  in %low: f32[]
  %a = Neg(%row)
  %b = Mul(%x, %a)
  %s = Softmax(%b)
  %c = Add(%s, %b)
  %j = Add(%i, %i)
  %k = Mul(%j, %i)
  %l = Clip(%s, %low)
  %m = Softmax(%l)
  out %c
  out %k
  out %m
}
