# update: the grid may be made of Range, Slice, Unsqueeze and Expand, and the sizes be open
graph "" {
  in %x: f32[2,N]
  const %zero: i64[] = {0}
  const %one: i64[] = {1}
  const %from: i64[1] = {1}
  const %to: i64[1] = {4}
  const %axis: i64[1] = {0}
  const %last: i64[1] = {2}
  const %rows: i64[2,1] = {0, 1}
  const %two: i64[1] = {2}
  const %pick: i64[] = {1}
  %part = Slice(%x, %from, %to, %from)
  %u = Relu(%part)
  %s = Shape(%x)
  %n = Gather(%s, %pick)
  %r = Range(%zero, %n, %one)
  %c = Slice(%r, %from, %to, %axis)
  %k = Shape(%c)
  %size = Concat(%two, %k) {axis=0}
  %e = Expand(%c, %size)
  %f = Expand(%rows, %size)
  %c1 = Unsqueeze(%e, %last)
  %r1 = Unsqueeze(%f, %last)
  %at = Concat(%r1, %c1) {axis=-1}
  %y = ScatterND(%x, %at, %u)
  out %y
}
=>
graph "" {
  in %x: f32[2,N]
  const %from: i64[1] = {1}
  const %to: i64[1] = {4}
  %part = Slice(%x, %from, %to, %from)
  %u = Relu(%part)
  %y = tn.Update(%x, %u) {starts=[0,1], steps=[1,1]}
  out %y
}
