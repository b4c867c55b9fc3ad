# content: a scalar stays a scalar, and another integer type is cast to
graph "" {
  in %x: f32[N,C]
  const %zero: i64[] = {0}
  const %step: i32[] = {1}
  const %begin: i32[] = {0}
  %a = Relu(%x)
  %shape = Shape(%a)
  %n = Gather(%shape, %zero)
  %n32 = Cast(%n) {to=6}
  %y = Range(%begin, %n32, %step)
  out %y
}
=>
graph "" {
  in %x: f32[N,C]
  const %begin: i32[] = {0}
  const %step: i32[] = {1}
  %t.1 = tn.Dims(%x) {exprs=["N"], symbols=["N"], inputs=[0], axes=[0], scalar=1}
  %n32 = Cast(%t.1) {to=6}
  %y = Range(%begin, %n32, %step)
  out %y
}
