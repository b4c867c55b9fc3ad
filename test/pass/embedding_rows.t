# embedding: what is done to each row that is picked is done to the table, but not to numbers that grow
graph "" {
  in %x: i64[N,2]
  const %w: f32[3,2] = {1, 2, 3, 4, 5, 6}
  const %b: f32[1,1,2] = {7, 8}
  const %v: i8[2,2] = {1, 2, 3, 4}
  const %h: f32[1,2,1] = {7, 8}
  const %u: f32[3,2] = {1, 2, 3, 4, 5, 7}
  %g = Gather(%w, %x)
  %s = Add(%b, %g)
  %y = Relu(%s)
  %e = Gather(%v, %x)
  %z = Cast(%e) {to=1}
  %i = Gather(%u, %x)
  %o = Add(%i, %h)
  out %y
  out %z
  out %o
}
=>
graph "" {
  in %x: i64[N,2]
  const %b: f32[1,1,2] = {7, 8}
  const %t.0: i64[1] = {2}
  const %w: f32[3,2] = {1, 2, 3, 4, 5, 6}
  const %v: i8[2,2] = {1, 2, 3, 4}
  const %u: f32[3,2] = {1, 2, 3, 4, 5, 7}
  const %h: f32[1,2,1] = {7, 8}
  %t.1 = Reshape(%b, %t.0)
  %t.2 = Add(%t.1, %w)
  %s = Gather(%t.2, %x)
  %y = Relu(%s)
  %e = Gather(%v, %x)
  %z = Cast(%e) {to=1}
  %i = Gather(%u, %x)
  %o = Add(%i, %h)
  out %y
  out %z
  out %o
}
