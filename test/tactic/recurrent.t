# Recurrent layers.
within 300 spread: LSTM, GRU, RNN

y, h, c = LSTM(f32[4,1,7], f32[1,20,7], f32[1,20,5], f32[1,40])
y, h, c = LSTM(f32[3,2,9], f32[2,132,9], f32[2,132,33], f32[2,264], _, f32[2,2,33], f32[2,2,33])
  {direction="bidirectional"}
y, h, c = LSTM(f32[3,11,5], f32[1,80,5], f32[1,80,20]) {direction="reverse"}
y, h, c = LSTM(f32[2,1,300], f32[1,272,300], f32[1,272,68], f32[1,544], _, f32[1,1,68])
  {activations=["sigmoid", "Tanh", "tanh"]}
y, h, c = LSTM(f32[2,3,4], f32[1,1040,4], f32[1,1040,260])
y, h, c = LSTM(f32[3,2,5], f32[2,40,5], f32[2,40,10]) {direction="bidirectional",
  activations=["HardSigmoid", "Tanh", "Tanh", "HardSigmoid", "Tanh", "Tanh"], activation_alpha=[0.25,0.25]}

y, h = GRU(f32[4,1,7], f32[1,15,7], f32[1,15,5], f32[1,30])
y, h = GRU(f32[3,3,9], f32[2,99,9], f32[2,99,33], f32[2,198], _, f32[2,3,33]) {direction="bidirectional",
  linear_before_reset=1}
y, h = GRU(f32[3,5,9], f32[2,99,9], f32[2,99,33], f32[2,198], _, f32[2,5,33]) {direction="bidirectional"}
y, h = GRU(f32[2,2,6], f32[1,210,6], f32[1,210,70]) {direction="reverse", linear_before_reset=1}
y, h = GRU(f32[2,9,6], f32[1,900,6], f32[1,900,300])
y, h = GRU(f32[3,2,5], f32[1,30,5], f32[1,30,10]) {activations=["HardSigmoid", "Tanh"]}

y, h = RNN(f32[3,5,9], f32[2,33,9], f32[2,33,33], f32[2,66], _, f32[2,5,33]) {direction="bidirectional"}
y, h = RNN(f32[2,1,9], f32[1,200,9], f32[1,200,200], f32[1,400]) {activations=["Tanh"]}
