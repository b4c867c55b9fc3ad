# Programs: what is exact in each step is exact in all. Steps that round are held to the same bits as nodes one
# by one by test/unit/program.c.
tn.Program(f32[2,3,5,7], f32[3,1,1], f32[]) {body=graph { in %a: f32[2,3,5,7] in %b: f32[3,1,1] in %c: f32[]
  %d = Sub(%a, %b) %e = Mul(%d, %c) %f = Add(%e, %a) out %f }}
tn.Program(f32[2,3,500], f32[2,3,1], f32[500]) {body=graph { in %a: f32[2,3,500] in %b: f32[2,3,1]
  in %c: f32[500] %d = Div(%a, %b) %e = Max(%c, %d) %f = Neg(%e) out %f }}
tn.Program(f32[2,700,3], f32[3], f32[700,1], f32[2,1,1]) {body=graph { in %a: f32[2,700,3] in %b: f32[3]
  in %c: f32[700,1] in %d: f32[2,1,1] %e = Sub(%a, %b) %f = Div(%e, %c) %g = Min(%f, %d) %h = Abs(%g)
  out %h }}
x, y = tn.Program(f32[3,2,41,16], f32[2,1,16]) {body=graph { in %a: f32[3,2,41,16] in %b: f32[2,1,16]
  %c = Mul(%a, %b) %d = Relu(%c) %e = Add(%d, %a) out %d out %e }}
x, y = tn.Program(f32[3,2,41,16], f32[2,1,16]) {body=graph { in %a: f32[3,2,41,16] in %b: f32[2,1,16]
  %c = Mul(%a, %b) %d = Relu(%c) %e = Add(%d, %a) out %e out %c }}
tn.Program(u8[1,480,3], f32[3], f32[3]) {body=graph { in %a: u8[1,480,3] in %b: f32[3] in %c: f32[3]
  %d = Cast(%a) {to=1} %e = Sub(%d, %b) %f = Div(%e, %c) out %f }}
tn.Program(i32[11,37], i64[37], i8[11,1]) {body=graph { in %a: i32[11,37] in %b: i64[37] in %c: i8[11,1]
  %d = Cast(%a) {to=1} %e = Cast(%b) {to=1} %f = Cast(%c) {to=1} %g = Mul(%d, %e) %h = Sub(%g, %f) out %h }}
tn.Program(f16[9,130], bf16[130], u16[9,1]) {body=graph { in %a: f16[9,130] in %b: bf16[130] in %c: u16[9,1]
  %d = Cast(%a) {to=1} %e = Cast(%b) {to=1} %f = Cast(%c) {to=1} %g = Add(%d, %e) %h = Sub(%g, %f) out %h }}
y, z = tn.Program(f32[1100]) {body=graph { in %a: f32[1100] %b = Floor(%a) %c = Cast(%b) {to=10}
  %d = Cast(%b) {to=3} out %c out %d }}
y, z = tn.Program(f32[1100], f32[1]) {body=graph { in %a: f32[1100] in %b: f32[1] %c = Add(%a, %b)
  %d = Cast(%c) {to=6} %e = Cast(%c) {to=9} out %d out %e }}
y, z = tn.Program(f32[17,45], bool[17,1], f32[45]) {body=graph { in %a: f32[17,45] in %b: bool[17,1]
  in %c: f32[45] %d = Less(%a, %c) %e = And(%d, %b) %f = Where(%e, %a, %c) %g = Xor(%e, %d) out %f out %g }}
tn.Program(bool[2000], f32[2000], f32[]) {body=graph { in %a: bool[2000] in %b: f32[2000] in %c: f32[]
  %d = Not(%a) %e = Where(%d, %b, %c) %f = Cast(%d) {to=1} %g = Mul(%e, %f) out %g }}
tn.Program(f32[33], f32[33]) {body=graph { in %a: f32[33] in %b: f32[33] %c = Equal(%a, %b)
  %d = GreaterOrEqual(%a, %b) %e = Equal(%c, %d) %f = LessOrEqual(%b, %a) %g = Or(%e, %f)
  %h = Greater(%a, %b) %i = And(%g, %h) %j = Cast(%i) {to=1} out %j }}
tn.Program(bool[13,29], bool[29]) {body=graph { in %a: bool[13,29] in %b: bool[29] %c = Or(%a, %b)
  %d = Not(%c) out %d }}
tn.Program(f32[300], f32{2}, f32{-1}, f32{0.5}) {body=graph { in %a: f32[300] in %b: f32[1] in %c: f32[1]
  in %d: f32[1] %e = Pow(%a, %b) %f = Clip(%a, %c, %d) %g = Add(%e, %f) out %g }}
tn.Program(f32[4,9], f32[4,9], f32[4,9], f32[9]) {body=graph { in %a: f32[4,9] in %b: f32[4,9] in %c: f32[4,9]
  in %d: f32[9] %e = PRelu(%a, %d) %f = Sum(%b, %c) %g = Mul(%e, %f) %h = Cast(%g) {to=9} %i = Cast(%h) {to=1}
  %j = Sub(%i, %a) out %j }}
tn.Program(f32[0,5], f32[5]) {body=graph { in %a: f32[0,5] in %b: f32[5] %c = Add(%a, %b) %d = Neg(%c)
  out %d }}
tn.Program(f32[], f32[]) {body=graph { in %a: f32[] in %b: f32[] %c = Sub(%a, %b) %d = Sqrt(%c) out %d }}
tn.Program(f32[1], f32[1,1]) {body=graph { in %a: f32[1] in %b: f32[1,1] %c = Sub(%a, %b) %d = Mul(%c, %c)
  out %d }}
tn.Program(f32[6,5,4,3], f32[6,1,4,1], f32[5,1,3], f32[1,1,1,3]) {body=graph { in %a: f32[6,5,4,3]
  in %b: f32[6,1,4,1] in %c: f32[5,1,3] in %d: f32[1,1,1,3] %e = Mul(%b, %c) %f = Add(%a, %e)
  %g = Sub(%f, %d) out %g }}
tn.Program(f32[40,1], f32[1,90], f32[1]) {body=graph { in %a: f32[40,1] in %b: f32[1,90] in %c: f32[1]
  %d = Neg(%a) %e = Mul(%d, %c) %f = Add(%b, %c) %g = Sub(%e, %f) out %g }}
tn.Program(f32[300], f32[1]) {body=graph { in %a: f32[300] in %b: f32[1] %c = Abs(%b)
  %d = Greater(%a, %c) %e = Not(%d) out %e }}
tn.Program(f32[300], f32[300], f32[1]) {body=graph { in %a: f32[300] in %b: f32[300] in %c: f32[1] %d = Abs(%c)
  %e = Greater(%a, %b) %f = Where(%e, %a, %d) %g = Neg(%f) out %g }}
y, z = tn.Program(f32[1100]) {body=graph { in %a: f32[1100] %b = Neg(%a) %c = Cast(%a) {to=3} out %b out %c }}
