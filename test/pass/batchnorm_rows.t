# batchnorm_rows: the rows of a product; not where the Reshape is read twice or ends in another dimension
graph "" {
  in %x: f32[N,2,3]
  const %w: f32[3,2] = {1, 2, 3, 4, 5, 6}
  const %rows: i64[2] = {-1, 2}
  const %back: i64[3] = {-1, 2, 2}
  const %flat: i64[2] = {-1, 4}
  const %scale: f32[2] = {2, 3}
  const %bias: f32[2] = {1, 2}
  const %mean: f32[2] = {0.5, 1}
  const %variance: f32[2] = {1, 0.25}
  const %four: f32[4] = {1, 1, 1, 1}
  %p = MatMul(%x, %w)
  %r = Reshape(%p, %rows)
  %n = BatchNormalization(%r, %scale, %bias, %mean, %variance) {epsilon=0.0}
  %y = Reshape(%n, %back)
  %f = Reshape(%p, %flat)
  %z = BatchNormalization(%f, %four, %four, %four, %four)
  %q = Relu(%p)
  %s = Reshape(%q, %rows)
  %t = BatchNormalization(%s, %scale, %bias, %mean, %variance)
  out %y
  out %z
  out %t
  out %s
}
=>
graph "" {
  in %x: f32[N,2,3]
  const %w: f32[3,2] = {1, 2, 3, 4, 5, 6}
  const %rows: i64[2] = {-1, 2}
  const %back: i64[3] = {-1, 2, 2}
  const %flat: i64[2] = {-1, 4}
  const %scale: f32[2] = {2, 3}
  const %bias: f32[2] = {1, 2}
  const %mean: f32[2] = {0.5, 1}
  const %variance: f32[2] = {1, 0.25}
  const %four: f32[4] = {1, 1, 1, 1}
  const %t.0: f32[2] = {2, 6}
  const %t.1: f32[2] = {0, -4}
  %p = MatMul(%x, %w)
  %t.2 = Mul(%p, %t.0)
  %t.3 = Add(%t.2, %t.1)
  %n = Reshape(%t.3, %rows)
  %y = Reshape(%n, %back)
  %f = Reshape(%p, %flat)
  %z = BatchNormalization(%f, %four, %four, %four, %four)
  %q = Relu(%p)
  %s = Reshape(%q, %rows)
  %t = BatchNormalization(%s, %scale, %bias, %mean, %variance)
  out %y
  out %z
  out %t
  out %s
}
