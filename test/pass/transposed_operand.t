# transposed: a product reads an operand whose last dimensions are swapped as it is, and twice swapped is not
graph "" {
  in %q: f32[B,T,4]
  in %k: f32[B,S,4]
  in %w: f32[3,4]
  in %x: f32[4,T]
  %kt = Transpose(%k) {perm=[0,2,1]}
  %y = MatMul(%q, %kt)
  %xt = Transpose(%x)
  %wt = Transpose(%w)
  %u = Gemm(%xt, %wt) {alpha=0.5}
  %wt2 = Transpose(%w) {perm=[1,0]}
  %v = Gemm(%wt2, %w) {transA=1, transB=1}
  out %y
  out %u
  out %v
}
=>
graph "" {
  in %q: f32[B,T,4]
  in %k: f32[B,S,4]
  in %w: f32[3,4]
  in %x: f32[4,T]
  %y = tn.Gemm(%q, %k) {transB=1}
  %u = tn.Gemm(%x, %w) {alpha=0.5, transA=1, transB=1}
  %v = tn.Gemm(%w, %w) {transB=1}
  out %y
  out %u
  out %v
}
