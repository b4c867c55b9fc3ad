# fold_const: a Loop over constants, what it captures included, becomes its result
graph "" {
  in %x: f32[]
  const %trips: i64[] = {3}
  const %go: bool[] = {1}
  const %start: f32[] = {1}
  const %factor: f32[] = {2}
  %last = Loop(%trips, %go, %start) {
    body=graph {
      in %i: i64[]
      in %c: bool[]
      in %v: f32[]
      %w = Mul(%v, %factor)
      %more = Identity(%c)
      out %more
      out %w
    }
  }
  %y = Add(%x, %last)
  out %y
}
=>
graph "" {
  in %x: f32[]
  const %last: f32[] = {8}
  %y = Add(%x, %last)
  out %y
}
