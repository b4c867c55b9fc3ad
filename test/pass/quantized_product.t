# quantized: a product of two quantised matrices, and Q(DQ(x)) of one scale, which is x
graph "" {
  in %a: u8[M,8]
  const %b: u8[8,2] = {1...}
  const %s: f32[] = {0.5}
  const %t: f32[] = {2}
  %af = DequantizeLinear(%a, %s)
  %aq = QuantizeLinear(%af, %s)
  %ag = DequantizeLinear(%aq, %s)
  %bf = DequantizeLinear(%b, %s)
  %m = MatMul(%ag, %bf)
  %y = QuantizeLinear(%m, %t)
  out %y
}
=>
graph "" {
  in %a: u8[M,8]
  const %b: u8[8,2] = {1...}
  const %s: f32[] = {0.5}
  const %t: f32[] = {2}
  const %t.0: u8[] = {0}
  const %t.1: u8[] = {0}
  const %t.2: u8[] = {0}
  %y = QLinearMatMul(%a, %s, %t.0, %b, %s, %t.1, %t, %t.2)
  out %y
}
